package json

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// events notes what a visitor is told.
type events struct{ text []string }

func (e *events) add(format string, args ...any) error {
	e.text = append(e.text, fmt.Sprintf(format, args...))
	if len(e.text) == 12 {
		return errors.New("enough")
	}
	return nil
}

func (e *events) OnNull() error                { return e.add("null") }
func (e *events) OnBool(v bool) error          { return e.add("%t", v) }
func (e *events) OnString(v string) error      { return e.add("%q", v) }
func (e *events) OnNumber(n Number) error      { return e.add("number %s", n) }
func (e *events) OnObjectBegin(int) error      { return e.add("{") }
func (e *events) OnObjectKey(key string) error { return e.add("%q:", key) }
func (e *events) OnObjectEnd() error           { return e.add("}") }
func (e *events) OnArrayBegin(int) error       { return e.add("[") }
func (e *events) OnArrayEnd() error            { return e.add("]") }

func TestWalk(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, `{ }`},
		{`{"a":"b","a":[1,-2.5e3,true,false,null]}`, `{ "a": "b" "a": [ number 1 number -2.5e3 true false null ] } + error`},
		{`{"\u0041\n":"\\x"}`, `{ "A\n": "\\x" }`},
		{"{\"\xff\":\"a\x80\\u00e9\"}", `{ "\xff": "a\x80é" }`},
		{`["\ud83d\ude00"]`, `[ "😀" ]`},
		{`[12345678901234567890]`, `[ number 12345678901234567890 ]`},
		{"{\"tab\t\\\"\n\":\"\x00\"}", `{ "tab\t\"\n": "\x00" }`},
		{`{"a":`, `{ "a": + error`},
		{`{"a":x}`, `{ "a": + error`},
		{`["\x"]`, `[ + error`},
	} {
		e := &events{}
		err := Walk(c.text, e)
		got := strings.Join(e.text, " ")
		if err != nil {
			got += " + error"
		}
		if got != c.want {
			t.Errorf("%q: got\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}

func TestUnquote(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", `a\"b`: `a"b`, `\\n`: `\n`, `\n\t`: "\n\t", `\u00e9`: "é", `\ud83d\ude00`: "😀", "\xff\\/": "\xff/",
		`\ud83d`: "\ufffd", `\ud83dx`: "\ufffdx", `\ude00\ud83d`: "\ufffd\ufffd", `\ud83d\n`: "\ufffd\n",
	} {
		if got, ok := Unquote(text); !ok || got != want {
			t.Errorf("%q: got %q, %t, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{`\`, `\x`, `\u12`, `\u12g4`} {
		if got, ok := Unquote(text); ok {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// What is wrong is told with the byte at which it stands; in a build with nojit, where
// it has been read.
func TestDecodeOffsets(t *testing.T) {
	type value struct {
		N int      `json:"n"`
		L []string `json:"l"`
	}
	for _, c := range []struct {
		text string
		want int64
	}{
		{`{"n":"x"}`, 5}, {`{"n": "x"}`, 6}, {`{"l":1}`, 5}, {`{"n":1,"l":{}}`, 11}, {`{"l":["a",2]}`, 10}, {`{"l":[[]]}`, 6},
		{`{"n":1`, 6}, {`{"n":1,,}`, 7},
	} {
		var v value
		e, ok := errors.AsType[*Error](Decode([]byte(c.text), &v))
		if !ok {
			t.Errorf("%s: no error", c.text)
		} else if e.Offset != c.want && (NeedsExecutable || e.Offset < c.want || e.Offset > c.want+3) {
			t.Errorf("%s: byte %d, want %d: %v", c.text, e.Offset, c.want, e)
		}
	}
}

// The variables that have sonic interpret are for no process that we start.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"SONIC_USE_OPTDEC", "SONIC_ENCODER_USE_VM"} {
		if v, set := os.LookupEnv(name); set {
			t.Errorf("%s=%s", name, v)
		}
	}
}

func TestDecode(t *testing.T) {
	type value struct {
		A int      `json:"a"`
		B []string `json:"b"`
	}
	for _, c := range []struct {
		text   string
		strict bool
		want   string // of the error
	}{
		{`{"a":1,"b":["x"]}`, true, ""},
		{`{"a":1,"c":2}`, false, ""},
		{`{"a":1,"c":2}`, true, `unknown key "c"`},
		{`{"a":1`, true, "syntax"},
		{`{"a":1}x`, true, "syntax"},
		{`{"a":"x"}`, true, "want int"},
		{`[]`, true, "want json.value"},
	} {
		decode := Decode
		if c.strict {
			decode = DecodeStrict
		}
		var v value
		got := ""
		if err := decode([]byte(c.text), &v); err != nil {
			switch e, ok := errors.AsType[*Error](err); {
			case !ok:
				got = "another type: " + err.Error()
			case e.Syntax:
				got = "syntax"
			case e.Want != nil:
				got = "want " + strings.TrimSuffix(e.Want.String(), "64") // sonic reads an int so
			default:
				got = e.Error()
			}
		} else if v.A != 1 {
			got = fmt.Sprint(v)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
	var first map[string]any
	if err := DecodeFirst([]byte(`{"n":12345678901234567890} and more`), &first); err != nil || first["n"] != Number("12345678901234567890") {
		t.Errorf("%v, %v", first, err)
	}
}

func TestEncode(t *testing.T) {
	got, err := EncodeIndent(map[string]any{"b": "<x>\xff", "a": []int{1}}, ">", " ")
	want := strings.NewReplacer("\n", "\n>").Replace("{\n \"a\": [\n  1\n ],\n \"b\": \"<x>\ufffd\"\n}")
	if err != nil || strings.ReplaceAll(string(got), `\ufffd`, "\ufffd") != want {
		t.Errorf("got\n%s\nwant\n%s\n%v", got, want, err)
	}
}

// TestNative notices a version of sonic that silently falls back to
// encoding/json, which is several times slower.
func TestNative(t *testing.T) {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && NeedsExecutable && !native() {
		t.Error("sonic has no native code for this version of Go")
	}
}
