package paths

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// dissect reads an expression with a root in a user's words, and writes what
// it understood.
func dissect(text string) (string, error) {
	r := reader{text: text}
	root, err := r.root()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	switch {
	case root.static:
		fmt.Fprintf(&b, "static %q of %q", root.name, root.scope)
	case root.variable:
		fmt.Fprintf(&b, "variable %q of %q", root.name, root.scope)
	default:
		fmt.Fprintf(&b, "frame %q", root.scope)
	}
	for !r.done() {
		s, err := r.step()
		if err != nil {
			return "", err
		}
		kind := "key"
		if s.object {
			kind = "property"
		}
		if s.doubtful {
			kind = "doubtful " + kind
		}
		fmt.Fprintf(&b, ", %s %q", kind, s.key)
	}
	return b.String(), nil
}

func TestReadExpression(t *testing.T) {
	tests := []struct{ text, want string }{
		{`$a`, `variable "a" of ""`},
		{` $größe_1 `, `variable "größe_1" of ""`},
		{`${"odd name"}`, `variable "odd name" of ""`},
		{`${ 'odd name' }`, `variable "odd name" of ""`},
		{`A::$p`, `static "p" of "A"`},
		{`\App\A::${"x y"}`, `static "x y" of "\\App\\A"`},
		{`A::B::$c`, `static "c" of "A::B"`},
		{`*::$name`, `static "name" of "*"`},
		{`::$name`, `static "name" of ""`},
		{`main() $x`, `variable "x" of "main()"`},
		{"main()\t  $x", `variable "x" of "main()"`},
		{`main()$x`, `variable "x" of "main()"`},
		{`<GLOBAL> $x`, `variable "x" of ""`},
		{`App\Worker->run() $job->id`, `variable "job" of "App\\Worker->run()", property "id"`},
		{`App\W->{closure}() $x["k"]`, `variable "x" of "App\\W->{closure}()", key "k"`},
		{`<STATIC_VARIABLE(C::m)>$x`, `variable "x" of "<STATIC_VARIABLE(C::m)>"`},
		{`<ERROR_HANDLER>[0]->a`, `frame "<ERROR_HANDLER>", key "0", property "a"`},
		{`services["a $b"]`, `frame "services", key "a $b"`},
		{`services->{"a $b"}`, `frame "services", property "a $b"`},

		{`$a->b?->c`, `variable "a" of "", property "b", property "c"`},
		{"$a -> b\n\t-> c [ 'd' ] [ 12 ]", `variable "a" of "", property "b", property "c", key "d", key "12"`},
		{`$a~>b~>["c"]~>{"d e"}~>[1]`, `variable "a" of "", doubtful property "b", doubtful key "c", doubtful property "d e", doubtful key "1"`},
		{`$a->{"b"}->{'c'}`, `variable "a" of "", property "b", property "c"`},
		{`$a["b"]['c'][0][-3][name]`, `variable "a" of "", key "b", key "c", key "0", key "-3", key "name"`},
		{`$a[""]->{""}`, `variable "a" of "", key "", property ""`},
		{`$a["*"]`, `variable "a" of "", key "*"`},
		{`$a["]"]["->x"]`, `variable "a" of "", key "]", key "->x"`},
		{`$a["$b"]`, `variable "a" of "", key "$b"`},
		{"$a->b\xffc[\"\xfe\"]", `variable "a" of "", property "b\xffc", key "\xfe"`},

		{`$a["\n\r\t\e\v\f\\\"\$"]`, `variable "a" of "", key "\n\r\t\x1b\v\f\\\"$"`},
		{`$a["\0\12\101\1012\400\8"]`, `variable "a" of "", key "\x00\nAA2\x00\\8"`},
		{`$a["\x41\x4g\xg\xFF"]`, `variable "a" of "", key "A\x04g\\xg\xff"`},
		{`$a["\u{41}\u{00e9}\u{1F600}\u{10FFFF}\ud"]`, `variable "a" of "", key "Aé😀\U0010ffff\\ud"`},
		{`$a["\u{D800}"]`, `variable "a" of "", key "\xed\xa0\x80"`},
		{`$a["\q\'"]`, `variable "a" of "", key "\\q\\'"`},
		{`$a['\n\'\\\"$']`, `variable "a" of "", key "\\n'\\\\\"$"`},
	}
	for _, test := range tests {
		if got, err := dissect(test.text); err != nil || got != test.want {
			t.Errorf("%s: got %s, %v; want %s", test.text, got, err, test.want)
		}
	}
}

func TestUnreadableExpression(t *testing.T) {
	tests := []struct {
		text   string
		at     int
		reason string
	}{
		{``, 0, "begins with a root"},
		{`  `, 2, "begins with a root"},
		{`->cache`, 0, "begins with a root"},
		{`[0]`, 0, "begins with a root"},
		{`$`, 1, "name of a variable is missing"},
		{`$1`, 1, "name of a variable is missing"},
		{`${name}`, 2, "name in braces is quoted"},
		{`${"name"`, 8, "closing } is missing"},
		{`$a b`, 3, "a step begins with"},
		{`$a-`, 2, "a step begins with"},
		{`$a.b`, 2, "a step begins with"},
		{`$a->b()`, 5, "a step begins with"},
		{`$a->`, 4, "name of a property is missing"},
		{`$a~>`, 4, "name of a property is missing"},
		{`$a->1`, 4, "no name of a property begins like this"},
		{`$a->$b`, 4, "no name of a property begins like this"},
		{"$a->\u00a0b", 4, "no name of a property begins like this"},
		{`$a->["b"]`, 4, "an array's key stands without ->"},
		{`$a->*`, 4, "a pattern names many items"},
		{`$a[*]`, 3, "a pattern names many items"},
		{`$a["b"][ * ]`, 9, "a pattern names many items"},
		{`$a[]`, 3, "a key is missing"},
		{`$a[ ]`, 4, "a key is missing"},
		{`$a[`, 3, "closing ] is missing"},
		{`$a[12`, 3, "closing ] is missing"},
		{`$a["b"`, 6, "closing ] is missing"},
		{`$a["b"c]`, 6, "closing ] is missing"},
		{`$a["b]`, 3, `closing " is missing`},
		{`$a["b\"]`, 3, `closing " is missing`},
		{`$a["b\`, 3, `closing " is missing`},
		{`$a['b"]`, 3, `closing ' is missing`},
		{`$a['b\'`, 3, `closing ' is missing`},
		{`$a[007]`, 3, `this key needs quotes: ["007"]`},
		{`$a[-0]`, 3, `this key needs quotes: ["-0"]`},
		{`$a[+1]`, 3, `this key needs quotes: ["+1"]`},
		{`$a[9223372036854775808]`, 3, `this key needs quotes: ["9223372036854775808"]`},
		{`$a[odd name]`, 3, `this key needs quotes: ["odd name"]`},
		{`$a[$i]`, 3, `this key needs quotes: ["\$i"]`},
		{`$a["\u{}"]`, 4, `\u{ is followed by`},
		{`$a["\u{110000}"]`, 4, `\u{ is followed by`},
		{`$a["x\u{41"]`, 5, `\u{ is followed by`},
	}
	for _, test := range tests {
		_, err := dissect(test.text)
		e, ok := errors.AsType[*ExpressionError](err)
		if !ok || e.Text != test.text || e.At != test.at || !strings.Contains(e.Reason, test.reason) {
			t.Errorf("%q: got %#v, want %q at %d", test.text, err, test.reason, test.at)
		}
	}
}

func TestExpressionError(t *testing.T) {
	long := `$a` + strings.Repeat(`["é"]`, 1000) + "[\x1b" + strings.Repeat("y", 1000) + `]` + strings.Repeat(`["é"]`, 1000)
	tests := []struct{ text, want string }{
		{`$a[*]`, `cannot read $a[*] from *] on (byte 3): a pattern names many items; write the key of one instead of *`},
		{`$a->`, `cannot read $a-> at its end: the name of a property is missing`},
		{long, `cannot read $a["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é…["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é"]["é"] ` +
			`from \eyyyyyyyyyyyyyy…"]["é"]["é"] on (byte 6003): this key needs quotes: ["\eyyyyyyyyyyyyyyyyyyyyyyyyyyy…yyyyyyyyyyyyyyyyyyyyyyyyyyyyy"]`},
	}
	for _, test := range tests {
		if _, err := dissect(test.text); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}
