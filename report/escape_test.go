package report

import (
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	tests := map[string]string{
		"":                          "",
		`Kambo\MemoryLeaks\User`:    `Kambo\MemoryLeaks\User`,
		"Größe 日本 👩‍👧":              "Größe 日本 👩‍👧",
		"\x1b[2J\a":                 `\x1B[2J\x07`,
		"a\nb\tc\rd\x00":            `a\nb\tc\rd\x00`,
		"\x7f":                      `\x7F`,
		"\u009b31m\u0085":           `\u{9B}31m\u{85}`,
		"caf\xe9":                   `caf\xE9`,
		"\xed\xa0\x80":              `\xED\xA0\x80`,
		"\u202egpj.exe\u2066\u200f": `\u{202E}gpj.exe\u{2066}\u{200F}`,
		"\u2028\ufeff":              `\u{2028}\u{FEFF}`,
		"\U000e0041":                `\u{E0041}`,
		"\ufffd":                    "\ufffd",
	}
	for name, want := range tests {
		got := printable(name)
		if got != want {
			t.Errorf("printable(%q) = %q, want %q", name, got, want)
		}
		if again := printable(got); again != got {
			t.Errorf("printable(%q) = %q", got, again)
		}
	}
}

func TestCSVCell(t *testing.T) {
	tests := map[string]string{
		"":                  "",
		"name":              "name",
		"=1+1":              "'=1+1",
		"+cmd|' /C calc'!A": "'+cmd|' /C calc'!A",
		"-5":                "-5",
		"+3.25":             "+3.25",
		"-":                 "'-",
		"-5.":               "'-5.",
		"-1e5":              "'-1e5",
		"@SUM(A1)":          "'@SUM(A1)",
		"  =1":              "'  =1",
		"＝1":                "'＝1",
		"\t=1":              `\t=1`,
		"\r=1":              `\r=1`,
		"a=1":               "a=1",
		"\x80=":             `\x80=`,
	}
	for name, want := range tests {
		if got := csvCell(cell{name}); got != want {
			t.Errorf("csvCell(%q) = %q, want %q", name, got, want)
		}
	}
	if got := csvCell(cell{"", "=1"}); got != "'\n=1" {
		t.Errorf("a formula behind an empty line: %q", got)
	}
}

func TestMarkdownText(t *testing.T) {
	tests := map[string]string{
		"plain text":    "plain text",
		`Foo\Bar`:       `Foo\Bar`,
		`Foo\_Bar\`:     `Foo\\\_Bar\\`,
		"a|b`c`":        "a\\|b\\`c\\`",
		"<b>&amp;</b>":  `\<b>\&amp;\</b>`,
		"*a* _b_ ~c~":   `\*a\* \_b\_ \~c\~`,
		"A_CONST __get": `A_CONST \_\_get`,
		"$a[0]->b $c":   `\$a\[0]->b \$c`,
		"a\nb":          `a\nb`,
		`\|`:            `\\\|`,
	}
	for name, want := range tests {
		if got := markdownText(name); got != want {
			t.Errorf("markdownText(%q) = %q, want %q", name, got, want)
		}
	}
}

// clean tells whether a terminal shows text as it is, line by line.
func clean(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 || r != '\n' && hidden(r) {
			return false
		}
		text = text[size:]
	}
	return true
}
