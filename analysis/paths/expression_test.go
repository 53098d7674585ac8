package paths

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRootExpression(t *testing.T) {
	const global, static = "<GLOBAL>", "<CLASS_STATIC_MEMBER>"
	tests := []struct{ frame, symbol, want string }{
		{global, "userService", "$userService"},
		{"", "x", "$x"},
		{static, "Registry::loaded", "Registry::$loaded"},
		{static, `App\entity\xml\User::all`, `App\entity\xml\User::$all`},
		{static, "*::name", "*::$name"},
		{static, "::name", "::$name"},
		{static, "name", "$name"},
		{static, "A::B::c", "A::B::$c"},
		{static, "A::odd name", `A::${"odd name"}`},
		{static, "class@anonymous::x", "class@anonymous::$x"},
		{"serve()", "server", "serve() $server"},
		{`App\Worker->run()`, "job", `App\Worker->run() $job`},
		{"<STATIC_VARIABLE(C::m)>", "$x", "static $x in C::m()"},
		{`<STATIC_VARIABLE(App\f)>`, "$odd name", `static ${"odd name"} in App\f()`},
		{"<CONSTANT>", "C::NAME", "constant C::NAME"},
		{"<ENGINE>", "shutdown functions", "shutdown functions"},
		{"<ENGINE>", "(native: libxml2.so.2)", "(native: libxml2.so.2)"},
		{"<ERROR_HANDLER>", "", "<ERROR_HANDLER>"},
		{static, "", static},
		{"", "", "(root)"},
		{global, "", global},
		{global, "$x", "$x"},
		{global, "0", `${"0"}`},
		{global, "odd name", `${"odd name"}`},
		{global, "é", "$é"},
		{global, "a\xff", `${"a\xFF"}`},
		{global, "a\u202eb", `${"a\u{202E}b"}`},
		{global, "a\x00b\n", `${"a\x00b\n"}`},
		{"f\x1b[31m()", "x", `f\e[31m() $x`},
		{`N\f` + "\xff()", "x", `N\\f\xFF() $x`},
		{"a\tb\r\n()", "", `a\tb\r\n()`},
		{"\u2066f()", "", `\u{2066}f()`},
		{"$weird\"()", "x", `$weird"() $x`},
	}
	for _, test := range tests {
		if got := RootExpression(test.frame, test.symbol); got != test.want {
			t.Errorf("%q %q: got %s, want %s", test.frame, test.symbol, got, test.want)
		}
	}
}

func TestStepExpression(t *testing.T) {
	tests := []struct{ key, object, array string }{
		{"cache", "->cache", `["cache"]`},
		{"_a1", "->_a1", `["_a1"]`},
		{"501", `->{"501"}`, "[501]"},
		{"0", `->{"0"}`, "[0]"},
		{"-5", `->{"-5"}`, "[-5]"},
		{"-0", `->{"-0"}`, `["-0"]`},
		{"007", `->{"007"}`, `["007"]`},
		{"+1", `->{"+1"}`, `["+1"]`},
		{"1.5", `->{"1.5"}`, `["1.5"]`},
		{"9223372036854775807", `->{"9223372036854775807"}`, "[9223372036854775807]"},
		{"-9223372036854775808", `->{"-9223372036854775808"}`, "[-9223372036854775808]"},
		{"9223372036854775808", `->{"9223372036854775808"}`, `["9223372036854775808"]`},
		{"", `->{""}`, `[""]`},
		{"-", `->{"-"}`, `["-"]`},
		{"odd name", `->{"odd name"}`, `["odd name"]`},
		{"1a", `->{"1a"}`, `["1a"]`},
		{"$x", `->{"\$x"}`, `["\$x"]`},
		{`a"b\c`, `->{"a\"b\\c"}`, `["a\"b\\c"]`},
		{"it's", `->{"it's"}`, `["it's"]`},
		{"größe", "->größe", `["größe"]`},
		{"日本", "->日本", `["日本"]`},
		{"a\u00a0b", `->{"a\u{A0}b"}`, `["a\u{A0}b"]`},
		{"a\u202eb", `->{"a\u{202E}b"}`, `["a\u{202E}b"]`},
		{"\u200b", `->{"\u{200B}"}`, `["\u{200B}"]`},
		{"\xff\xfe", `->{"\xFF\xFE"}`, `["\xFF\xFE"]`},
		{"é\xc3", `->{"é\xC3"}`, `["é\xC3"]`},
		{"\ufffd", "->\ufffd", `["` + "\ufffd" + `"]`},
		{"\x00*\x00p", `->{"\x00*\x00p"}`, `["\x00*\x00p"]`},
		{"\x1b[0m\r\n\t\x7f", `->{"\e[0m\r\n\t\x7F"}`, `["\e[0m\r\n\t\x7F"]`},
	}
	for _, test := range tests {
		for _, object := range []bool{true, false} {
			for _, reliable := range []bool{true, false} {
				want := test.array
				if object {
					want = test.object
				}
				if !reliable {
					want = "~>" + strings.TrimPrefix(want, "->")
				}
				var b strings.Builder
				AppendStep(&b, object, test.key, reliable)
				if got := b.String(); got != want {
					t.Errorf("%q: got %s, want %s", test.key, got, want)
				}
			}
		}
	}
}

// Whatever the names are made of, expressions can be printed anywhere.
func FuzzExpression(f *testing.F) {
	f.Add("<GLOBAL>", "x", "key", true)
	f.Add("<CLASS_STATIC_MEMBER>", "A::\xff", "\u202e", false)
	f.Fuzz(func(t *testing.T, frame, symbol, key string, object bool) {
		var b strings.Builder
		b.WriteString(RootExpression(frame, symbol))
		AppendStep(&b, object, key, true)
		s := b.String()
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !strconv.IsPrint(c) && c != utf8.RuneError }) {
			t.Errorf("%q", s)
		}
	})
}
