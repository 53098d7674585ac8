package report

import (
	"os/exec"
	"strings"
	"testing"

	"al.essio.dev/pkg/shellescape"
)

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 100, "one two three"},
		{"a-word-that-is-too-long b", 5, "a-word-that-is-too-long|b"},
		{"it is 10 KiB, and 20 % more", 8, "it is|10 KiB,|and 20 %|more"},
		{"of 3 × App\\User it", 12, "of|3 × App\\User|it"},
		{"two  blanks", 5, "two |blanks"},
		{"日本 日本 x", 6, "日本|日本 x"},
		{"bell\a x", 5, `bell\x07|x`},
	} {
		if got := strings.Join(wrap(test.text, test.width), "|"); got != test.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 5, ""},
		{"short", 5, "short"},
		{"abcdefghij", 7, "abcd…ij"},
		{"日本日本日本", 7, "日本…本"},
		{"abcdefghij", 1, "…"},
		{"\x1b", 10, `\x1B`},
	} {
		got := shorten(test.text, test.width)
		if got != test.want || textWidth(got) > test.width {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, test := range []struct {
		p    prose
		want string
	}{
		{words("it is"), "It is."},
		{words("It is"), "It is."},
		{words(rawName("a"), " b"), "a b."},
		{words("", rawName("a")), "a."},
	} {
		before := test.p.plain()
		if got := test.p.sentence().plain(); got != test.want || test.p.plain() != before {
			t.Errorf("%q: %q, want %q; now %q", before, got, test.want, test.p.plain())
		}
	}
}

func TestShellPath(t *testing.T) {
	for path, want := range map[string]string{"": "DUMP", "a\x1b": "DUMP", "\xff": "DUMP", "-": "-", "-v.json": "./-v.json", "a b": "'a b'"} {
		if got := shellPath(path); got != want {
			t.Errorf("shellPath(%q) = %s, want %s", path, got, want)
		}
	}
}

// A shell reads back what was quoted for it.
func TestShellReads(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	for _, text := range []string{"", "plain", `it's "$HOME" \ !x`, "`id`", "a\nb", "$a->{\"it's\"}['x']", "-n", "=ls"} {
		out, err := exec.Command(sh, "-c", "printf %s "+shellescape.Quote(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q is read as %q, %v", text, out, err)
		}
	}
}
