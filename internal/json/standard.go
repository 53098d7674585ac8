//go:build nojit

package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// NeedsExecutable reports whether the library maps memory that it makes executable.
const NeedsExecutable = false

// Walk tells the visitor what a text holds, and ends at its first error.
// Strings need not be UTF-8, and may have control characters. Numbers are not
// converted.
func Walk(text string, v Visitor) error {
	dec := jsontext.NewDecoder(strings.NewReader(escapeControls(text)), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	for {
		if err := step(dec, v); err != nil {
			return err
		}
		if dec.StackDepth() == 0 {
			return nil
		}
	}
}

// step goes on by one token.
func step(dec *jsontext.Decoder, v Visitor) error {
	switch dec.PeekKind() {
	case '"', '0':
		return scalar(dec, v)
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case 'n':
		return v.OnNull()
	case 't', 'f':
		return v.OnBool(token.Bool())
	case '{':
		return v.OnObjectBegin(0)
	case '}':
		return v.OnObjectEnd()
	case '[':
		return v.OnArrayBegin(0)
	}
	return v.OnArrayEnd()
}

// scalar reads a string or a number as it stands in the text: a token's string
// has lost the bytes that are no UTF-8.
func scalar(dec *jsontext.Decoder, v Visitor) error {
	kind, n := dec.StackIndex(dec.StackDepth())
	isKey := kind == '{' && n%2 == 0
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() == '0' {
		return v.OnNumber(Number(raw))
	}
	text := string(raw[1 : len(raw)-1])
	if strings.IndexByte(text, '\\') >= 0 {
		s, ok := Unquote(text)
		if !ok {
			return errors.New("an escape sequence that JSON does not know")
		}
		text = s
	}
	if isKey {
		return v.OnObjectKey(text)
	}
	return v.OnString(text)
}

// escapeControls escapes the control characters in strings, which JSON does not
// allow.
func escapeControls(text string) string {
	if strings.IndexFunc(text, isControl) < 0 {
		return text
	}
	var out []byte
	inString, done := false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString && c < ' ':
			out = fmt.Appendf(append(out, text[done:i]...), "\\u%04x", c)
			done = i + 1
		}
	}
	return string(append(out, text[done:]...))
}

func isControl(r rune) bool { return r < ' ' }

// Unquote decodes the text between the quotes of a JSON string; false if it
// has escape sequences that JSON does not know.
func Unquote(text string) (string, bool) {
	var out []byte
	for text != "" {
		i := strings.IndexByte(text, '\\')
		if i < 0 {
			break
		}
		out = append(out, text[:i]...) // bytes that are no UTF-8 stay
		n := len(`\n`)
		if text = text[i:]; strings.HasPrefix(text, `\u`) {
			n = len(`\u0000`)
			if len(text) >= 2*n && strings.HasPrefix(text[n:], `\u`) && isHighSurrogate(text[2:n]) && isLowSurrogate(text[n+2:2*n]) {
				n *= 2
			}
		}
		if len(text) < n {
			return "", false
		}
		var err error
		if out, err = jsontext.AppendUnquote(out, `"`+text[:n]+`"`); err != nil && !isLoneSurrogate(text[:n]) {
			return "", false
		}
		text = text[n:]
	}
	return string(append(out, text...)), true
}

func isHighSurrogate(hex string) bool { return isSurrogate(hex, "89abAB") }
func isLowSurrogate(hex string) bool  { return isSurrogate(hex, "cdefCDEF") }

func isSurrogate(hex, second string) bool {
	return (hex[0] == 'd' || hex[0] == 'D') && strings.IndexByte(second, hex[1]) >= 0
}

func isLoneSurrogate(escape string) bool {
	return len(escape) == len(`\u0000`) && (isHighSurrogate(escape[2:]) || isLowSurrogate(escape[2:]))
}

// DecodeFirst decodes the value that a text starts with, numbers of unknown
// type as Number.
func DecodeFirst(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(v)
}

// Decode decodes a text, of which the value keeps nothing. What is wrong is an *Error.
func Decode(text []byte, v any) error { return explain(json.Unmarshal(text, v)) }

// DecodeStrict is Decode, and keys that v does not have are errors, too.
func DecodeStrict(text []byte, v any) error {
	if err := explain(json.Unmarshal(text, new(any))); err != nil { // a decoder does not see what follows a value
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return explain(dec.Decode(v))
}

func explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &Error{Offset: e.Offset, Syntax: true, err: err}
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return &Error{Want: e.Type, err: err}
		}
		return &Error{Offset: e.Offset, Want: e.Type, err: err}
	}
	key, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !ok {
		key = ""
	}
	return &Error{Unknown: key, err: err}
}

// Encode encodes a value on one line, keys of maps in order. What is no UTF-8
// becomes U+FFFD.
func Encode(v any) ([]byte, error) { return EncodeIndent(v, "", "") }

// EncodeIndent encodes a value over several lines, keys of maps in order. What
// is no UTF-8 becomes U+FFFD.
func EncodeIndent(v any, prefix, indent string) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if prefix != "" || indent != "" {
		enc.SetIndent(prefix, indent)
	}
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func native() bool { return false }
