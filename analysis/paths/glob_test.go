package paths

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		glob, text string
		want       bool
	}{
		{`$app->cache`, `$app->cache`, true},
		{`$app->cache`, `$app->cache[*]`, false},
		{`$app->*`, `$app->cache[*]->items`, true},
		{`*->items`, `$app->cache[*]->items`, true},
		{`*cache*`, `$app->cache[*]->items`, true},
		{`*`, ``, true},
		{``, ``, true},
		{``, `x`, false},
		{`**`, `x`, true},
		{`a?c`, `abc`, true},
		{`a?c`, `aéc`, true},
		{`a?c`, "a\xffc", true},
		{`a?c`, `ac`, false},
		{`$conns[*]->onClose`, `$conns[*]->onClose`, true},
		{`$conns[*]->onClose`, `$conns[501]->onClose`, true},
		{`$conns[*]->onClose`, `$conns[-1]->onClose`, true},
		{`$conns[*]->onClose`, `$conns["c7"]->onClose`, true},
		{`$conns[*]->onClose`, `$conns["a\"]->b[1"]->onClose`, true},
		// One key, not any text between brackets.
		{`$conns[*]->onClose`, `$conns[1]->pool[2]->onClose`, false},
		{`$conns[*]`, `$conns[x]`, false},
		{`$conns[*]`, `$conns[]`, false},
		{`$conns[*]`, `$conns["open`, false},
		{`$conns[5]`, `$conns[5]`, true},
		{`$conns[5]`, `$conns[6]`, false},
		{`*[*]"]`, `["[1]"]`, true},
		{`App\Product`, `App\Product`, true},
		{`App\*`, `App\Sub\Product`, true},
		{`*::$loaded`, `Foo::$loaded`, true},
		{`.+(a)`, `.+(a)`, true},
	}
	for _, tt := range tests {
		if got := Glob(tt.glob).Match(tt.text); got != tt.want {
			t.Errorf("%q on %q: %v, want %v", tt.glob, tt.text, got, tt.want)
		}
	}
}

// TestGlobTime: no pattern takes longer than the product of the lengths.
func TestGlobTime(t *testing.T) {
	begin := time.Now()
	for _, part := range []string{"*a", "?*", "[*]", `["`, "*[*]"} {
		Glob(strings.Repeat(part, 100) + "b").Match(strings.Repeat("a", 20_000))
		Glob(strings.Repeat(part, 100) + "b").Match(strings.Repeat(`["`, 10_000))
		Glob(strings.Repeat(part, 100) + "b").Match(strings.Repeat(`["\`, 10_000))
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// FuzzGlob compares with a matcher that tries one way after the other.
func FuzzGlob(f *testing.F) {
	f.Add("*a?[*]b", `xa.["q]"]b`)
	f.Add(`*[*]"]`, `["[1]"]`)
	f.Add("$a->{*}[*]*", `$a->{"x"}[12]->b`)
	f.Add("[*]?", "[*]\xff")
	f.Fuzz(func(t *testing.T, glob, text string) {
		if len(glob) > 12 || len(text) > 30 {
			return
		}
		if got, want := Glob(glob).Match(text), naiveMatch(glob, text, 0); got != want {
			t.Errorf("%q on %q: %v, want %v", glob, text, got, want)
		}
		if !Glob(text).Match(text) {
			t.Errorf("%q does not match itself", text)
		}
	})
}

func naiveMatch(glob, text string, at int) bool {
	rest := text[at:]
	switch {
	case glob == "":
		return rest == ""
	case strings.HasPrefix(glob, "[*]"):
		for end := 3; end <= len(rest); end++ {
			if isKey(rest[:end]) && naiveMatch(glob[3:], text, at+end) {
				return true
			}
		}
		return false
	case glob[0] == '*':
		return naiveMatch(glob[1:], text, at) || rest != "" && naiveMatch(glob, text, at+1)
	case rest == "":
		return false
	case glob[0] == '?':
		for i, c := range text {
			if i == at {
				n := 1
				if c != utf8.RuneError || strings.HasPrefix(rest, string(c)) {
					n = utf8.RuneLen(c)
				}
				return naiveMatch(glob[1:], text, at+n)
			}
		}
		return false // inside of a character
	}
	return glob[0] == rest[0] && naiveMatch(glob[1:], text, at+1)
}

// isKey tells whether a text is one array key in brackets, by its definition.
func isKey(s string) bool {
	inner := s[1 : len(s)-1]
	if s[0] != '[' || s[len(s)-1] != ']' {
		return false
	}
	if inner == "*" {
		return true
	}
	if n := strings.TrimPrefix(inner, "-"); n != "" && strings.Trim(n, "0123456789") == "" {
		return true
	}
	if len(inner) < 2 || inner[0] != '"' || inner[len(inner)-1] != '"' {
		return false
	}
	escaped := false
	for _, c := range []byte(inner[1 : len(inner)-1]) {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return false
		}
	}
	return !escaped
}
