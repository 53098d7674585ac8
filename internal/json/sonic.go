//go:build !nojit

package json

import (
	"bytes"
	"errors"
	"strings"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"
	"github.com/bytedance/sonic/decoder"
	"github.com/bytedance/sonic/unquote"

	"early.internal/executable/guard"
)

func init() { guard.Restore() } // behind sonic's, as we import it

// NeedsExecutable reports whether the library maps memory that it makes executable.
const NeedsExecutable = true

var (
	lenient  = sonic.Config{ValidateString: true, CopyString: true}.Froze()
	strict   = sonic.Config{DisallowUnknownFields: true, ValidateString: true, CopyString: true}.Froze()
	readable = sonic.Config{SortMapKeys: true, ValidateString: true}.Froze() // HTML is not escaped
)

// Walk tells the visitor what a text holds, and ends at its first error.
// Strings need not be UTF-8, and may have control characters. Numbers are not
// converted.
func Walk(text string, v Visitor) error { return ast.Preorder(text, numbers{v}, asText) }

var asText = &ast.VisitorOptions{OnlyNumber: true}

// numbers hands on numbers as they stand in the text.
type numbers struct{ Visitor }

func (v numbers) OnInt64(_ int64, n Number) error     { return v.OnNumber(n) }
func (v numbers) OnFloat64(_ float64, n Number) error { return v.OnNumber(n) }

// Unquote decodes the text between the quotes of a JSON string; false if it
// has escape sequences that JSON does not know.
func Unquote(text string) (string, bool) {
	s, err := unquote.String(text)
	return s, err == 0
}

// DecodeFirst decodes the value that a text starts with, numbers of unknown
// type as Number.
func DecodeFirst(text []byte, v any) error {
	dec := sonic.ConfigDefault.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(v)
}

// Decode decodes a text, of which the value keeps nothing. What is wrong is an *Error.
func Decode(text []byte, v any) error { return explain(text, lenient.Unmarshal(text, v)) }

// DecodeStrict is Decode, and keys that v does not have are errors, too.
func DecodeStrict(text []byte, v any) error { return explain(text, strict.Unmarshal(text, v)) }

// explain turns an error of sonic's for a text into ours.
func explain(text []byte, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[decoder.SyntaxError](err); ok {
		return &Error{Offset: int64(min(e.Pos, len(text))), Syntax: true, err: err} // sonic pads it
	}
	if e, ok := errors.AsType[*decoder.MismatchTypeError](err); ok {
		at := min(e.Pos, len(text))
		if at > 0 && text[at-1] == '"' {
			at-- // the interpreter tells where the string's text is
		}
		return &Error{Offset: int64(at), Want: e.Type, err: err}
	}
	key, _ := strings.CutPrefix(err.Error(), "json: unknown field ")
	if key == err.Error() {
		key = ""
	}
	return &Error{Unknown: key, err: err}
}

// Encode encodes a value on one line, keys of maps in order. What is no UTF-8
// becomes U+FFFD.
func Encode(v any) ([]byte, error) { return readable.Marshal(v) }

// EncodeIndent encodes a value over several lines, keys of maps in order. What
// is no UTF-8 becomes U+FFFD.
func EncodeIndent(v any, prefix, indent string) ([]byte, error) {
	return readable.MarshalIndent(v, prefix, indent)
}

// native reports whether sonic has code for this version of Go.
func native() bool { return sonic.APIKind == sonic.UseSonicJSON }
