// Package json is the JSON library behind one door: sonic, or, in a build with
// the tag nojit, one that needs no executable memory.
//
// Sonic maps executable memory before main starts, and panics where a process
// may not: under systemd's MemoryDenyWriteExecute, or SELinux. A build with
// nojit runs there, decodes unusual items a few times slower, and gives the
// same answers: the tests of dump, report and the commands run on it, too.
package json

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Number is a number as it stands in the text.
type Number = json.Number

// A Visitor is told what a text holds, in its order. Strings may point into
// the text. A capacity is 0 or a guess.
type Visitor interface {
	OnNull() error
	OnBool(v bool) error
	OnString(v string) error
	OnNumber(n Number) error
	OnObjectBegin(capacity int) error
	OnObjectKey(key string) error
	OnObjectEnd() error
	OnArrayBegin(capacity int) error
	OnArrayEnd() error
}

// An Error says what is wrong with a text that should decode to a value.
type Error struct {
	Offset  int64        // byte of the text, where it is known
	Syntax  bool         // it is no JSON
	Want    reflect.Type // a value of another kind stands where one of this belongs, or nil
	Unknown string       // a key, quoted, that the value does not have, or ""
	err     error
}

func (e *Error) Error() string {
	switch {
	case e.Syntax:
		return fmt.Sprintf("no JSON from byte %d on", e.Offset)
	case e.Unknown != "":
		return "unknown key " + e.Unknown
	}
	return e.err.Error()
}

func (e *Error) Unwrap() error { return e.err }
