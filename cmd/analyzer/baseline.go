package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"time"

	"memtrail/analysis/gate"
	"memtrail/internal/atomicfile"
	"memtrail/internal/json"
)

// baselineFile is the baseline that is taken if it is there and none is named.
const baselineFile = "leaks.json"

// readBaseline reads a baseline.
func readBaseline(path string) (*gate.Baseline, error) {
	text, err := readSmall(path, maxBaseline, "baseline")
	if err != nil {
		return nil, err
	}
	b, err := parseBaseline(text)
	if err != nil {
		return nil, &inputError{path, err}
	}
	return b, nil
}

// noBaseline is what to do about a file that is no baseline.
const noBaseline = "not a baseline; write one with gate --write-baseline, or name another with --baseline"

func parseBaseline(text []byte) (*gate.Baseline, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("empty, " + noBaseline)
	}
	// A newer version may have keys that are not known.
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Decode(text, &head); err != nil {
		return nil, jsonError(err)
	}
	if head.Version == nil {
		return nil, errors.New(`no "version": ` + noBaseline)
	}
	b := &gate.Baseline{Version: *head.Version}
	if err := b.Check(); err != nil {
		return nil, err
	}
	// A key that is not known may be one that is misspelt, an expiry date that
	// never comes, say.
	if err := json.DecodeStrict(text, b); err != nil {
		return nil, jsonError(err)
	}
	return b, b.Check()
}

// jsonError is an error of the JSON library in one line, with its place.
func jsonError(err error) error {
	e, ok := errors.AsType[*json.Error](err)
	switch {
	case ok && e.Syntax:
		return fmt.Errorf("damaged: %w", e)
	case ok && e.Want != nil && e.Offset > 0:
		return fmt.Errorf("at byte %d: a value of the wrong kind, it must be %s", e.Offset, kindOfJSON(e.Want))
	case ok && e.Unknown != "":
		return e
	}
	return errors.New(noBaseline)
}

// kindOfJSON says what a value is in the words of JSON.
func kindOfJSON(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOfJSON(t.Elem())
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// lockPatience is how long another program may change a baseline: it reads and
// writes a small file.
const lockPatience = 10 * time.Second

// changeBaseline writes to one file what change makes of the baseline in
// another, mostly the same. That is nil if there is none, or from is "". No other
// program changes the file meanwhile.
func changeBaseline(from, to string, change func(old *gate.Baseline) *gate.Baseline) error {
	unlock, err := atomicfile.Lock(to, lockPatience)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := readBaselineIfThere(from)
	if err != nil {
		return err
	}
	return writeBaseline(to, change(old))
}

// readBaselineIfThere reads a baseline; nil if there is none, or path is "".
func readBaselineIfThere(path string) (*gate.Baseline, error) {
	if path == "" {
		return nil, nil
	}
	b, err := readBaseline(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// writeBaseline writes a baseline, of which the old one is there until the new
// one is complete.
func writeBaseline(path string, b *gate.Baseline) error {
	text, err := encodeBaseline(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, atomicfile.Shared, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// encodeBaseline is a baseline as it stands in a file.
func encodeBaseline(b *gate.Baseline) ([]byte, error) {
	text, err := json.EncodeIndent(b, "", "  ")
	return append(text, '\n'), err
}
