package escape

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"memtrail/internal/livetest"
)

func TestText(t *testing.T) {
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
		"ad\u200dmin \u200cx\u200d": `ad\u{200D}min \u{200C}x\u{200D}`,
		"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
		"\u2764\ufe0f\u200d\U0001F525 a\ufe0f":             "\u2764\ufe0f\u200d\U0001F525 a" + `\u{FE0F}`,
		"a\u3164\u115fb":                                   `a\u{3164}\u{115F}b`,
		"a :: b A::$c":                                     "a :: b A::$c",
		"  ::error::x":                                     `  \x3A:error::x`,
		"\u00a0\u3000::x":                                  "\u00a0\u3000" + `\x3A:x`,
		"#### ##a b[":                                      "#### ##a b[",
		"###[a] ##vso[b ##a.b-c[":                          `##\x23[a] #\x23vso[b #\x23a.b-c[`,
		":: ##[a]##[b] ###":                                `\x3A: #\x23[a]#\x23[b] ###`,
		"#1 #":                                             "#1 #",
		"\u2028\ufeff":                                     `\u{2028}\u{FEFF}`,
		"\U000e0041":                                       `\u{E0041}`,
		"\ufffd":                                           "\ufffd",
	}
	for name, want := range tests {
		got := Text(name)
		if got != want {
			t.Errorf("Text(%q) = %q, want %q", name, got, want)
		}
		if again := Text(got); again != got {
			t.Errorf("Text(%q) = %q", got, again)
		}
	}
}

func TestFormats(t *testing.T) {
	if got := Data("50 %\r\n:,"); got != `50 %25\r%0A:,` {
		t.Error(got)
	}
	if got := Property("50 %\r\n:,"); got != `50 %25\r\n%3A%2C` {
		t.Error(got)
	}
	if got := XML("a\x00\x1f\ufffe\uffff\xff\n\U0001F600\ufffd"); got != `a\x00\x1F\u{FFFE}\u{FFFF}\xFF`+"\n\U0001F600\ufffd" {
		t.Error(got)
	}
	if got := DOT(`a\N "&amp;"`); got != `a\\N \"&amp;amp;\"` {
		t.Error(got)
	}
}

func TestCSV(t *testing.T) {
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
		if got := CSV(name); got != want {
			t.Errorf("CSV(%q) = %q, want %q", name, got, want)
		}
	}
	if got := CSV("", "=1"); got != "'\n=1" {
		t.Errorf("a formula behind an empty line: %q", got)
	}
}

func TestMarkdown(t *testing.T) {
	tests := map[string]string{
		"plain text":                        "plain text",
		`Foo\Bar`:                           `Foo\Bar`,
		`Foo\_Bar\`:                         `Foo\\\_Bar\\`,
		"a|b`c`":                            "a\\|b\\`c\\`",
		"<b>&amp;</b>":                      `\<b>\&amp;\</b>`,
		"*a* _b_ ~c~":                       `\*a\* \_b\_ \~c\~`,
		"A_CONST __get":                     `A_CONST \_\_get`,
		"$a[0]->b $c":                       `\$a\[0]->b \$c`,
		"a\nb":                              `a\nb`,
		`\|`:                                `\\\|`,
		"@octocat, (see www.a.example) |@x": "`@octocat`, (see `www.a.example`) <code>&#124;&#64;x</code>",
		"A::b #1 10:20 :tada:":              "A::b `#1` 10:20 `:tada:`",
		"# a":                               `\# a`,
		"- > a":                             `- \> a`,
		"#-":                                "#-",
	}
	for name, want := range tests {
		if got := Markdown(name); got != want {
			t.Errorf("Markdown(%q) = %q, want %q", name, got, want)
		}
	}
}

// A code span holds its name, whatever that is.
func TestCodeSpan(t *testing.T) {
	for name, want := range map[string]string{
		"":             `""`,
		"  ":           `""`,
		"$a->b":        "`$a->b`",
		"a`b":          "``a`b``",
		"`":            "`` ` ``",
		"``x":          "``` ``x ```",
		" x ":          "`  x  `",
		"a|<b>&amp;\\": "`a|<b>&amp;\\`",
		"a\nb":         "`a\\nb`",
	} {
		if got := Code(name); got != want {
			t.Errorf("Code(%q) = %s, want %s", name, got, want)
		}
	}
}

// FuzzCodeSpan reads a span as CommonMark does: up to a run of as many
// backticks, less a blank at each end.
func FuzzCodeSpan(f *testing.F) {
	for _, name := range []string{"a", "`", "a``b`", " a", "a ", "``` ` ```"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.Trim(Text(name), " ") == "" {
			return
		}
		span := Code(name)
		fence := span[:len(span)-len(strings.TrimLeft(span, "`"))]
		inside, rest := span[len(fence):], ""
		for at := 0; ; {
			i := strings.IndexByte(inside[at:], '`')
			if i < 0 {
				t.Fatalf("%q does not end", span)
			}
			at += i
			run := len(inside[at:]) - len(strings.TrimLeft(inside[at:], "`"))
			if run == len(fence) {
				inside, rest = inside[:at], inside[at+run:]
				break
			}
			at += run
		}
		if len(inside) > 1 && inside[0] == ' ' && inside[len(inside)-1] == ' ' {
			inside = inside[1 : len(inside)-1]
		}
		if inside != Text(name) || rest != "" {
			t.Errorf("%q reads as %q with %q behind", span, inside, rest)
		}
	})
}

// TestLine: a line of standard error is one, and keeps its end.
func TestLine(t *testing.T) {
	if got := Line(" a\n\tb\u00a0 ##[c]\x1b "); got != `a b #\x23[c]\x1B` {
		t.Error(got)
	}
	long := Line(strings.Repeat("\x1b", 5000) + "é; see --help")
	if n := utf8.RuneCountInString(long); n != longestLine || !strings.HasSuffix(long, "é; see --help") || !strings.Contains(long, " … ") {
		t.Errorf("%d characters: %s", n, long)
	}
}

// TestWhole: what is cut has no code and no character open.
func TestWhole(t *testing.T) {
	line := "| a `b @c` é \\| <code>&#64;d</code> ``e ` f`` g |"
	for n := range len(line) + 1 {
		got := Whole(line, n)
		if len(got) > n || !strings.HasPrefix(line, got) || !utf8.ValidString(got) || strings.Count(got, "<code>") != strings.Count(got, "</code>") || strings.HasSuffix(got, "\\") {
			t.Fatalf("%d: %q", n, got)
		}
		if open := strings.Contains(got, "@c") && !strings.Contains(got, "`b @c`"); open {
			t.Fatalf("%d: %q", n, got)
		}
	}
	if got := Whole(line, len(line)); got != line {
		t.Errorf("%q", got)
	}
}

// FuzzText holds each function against the oracle, and against itself.
func FuzzText(f *testing.F) {
	for _, name := range livetest.Names() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		text := Text(name)
		if again := Text(text); again != text {
			t.Errorf("%q again: %q, not %q", name, again, text)
		}
		line := Line(name)
		for what, live := range map[string][]string{
			"Text": livetest.Text(text), "Line": livetest.Text(line), "CSV": livetest.CSV(csvOf(t, CSV(name))),
			"Markdown": livetest.Markdown("a " + Markdown(name)), "Markdown alone": livetest.Markdown(Markdown(name)), "Code": livetest.Markdown(Code(name)),
			"CodeInCell": livetest.Markdown("| a |\n| --- |\n| " + CodeInCell(name) + " |\n"), "HTMLCode": livetest.Markdown("a " + HTMLCode(name)),
		} {
			if len(live) > 0 {
				t.Errorf("%s of %q: %s", what, name, strings.Join(live, "; "))
			}
		}
		if n := utf8.RuneCountInString(line); n > longestLine || strings.Contains(line, "\n") {
			t.Errorf("a line of %d characters", n)
		}
	})
}

func csvOf(t *testing.T, cell string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write([]string{cell, "x"}); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	return b.String()
}
