package livetest

import "strings"

// Names are what an attacker may call a class, a key or a file, by what they aim
// at. None has a slash or a NUL where it need not, so that most can be file names.
func Names() []string {
	const esc, bel = "\x1b", "\a"
	return []string{
		// Terminals: C0, C1 as a byte and as UTF-8, titles, links, clipboards.
		esc + "[31mred", esc + "[2J" + esc + "[H", esc + "]0;title" + bel, esc + "]8;;http://evil.example" + esc + "\\link", esc + "]52;c;ZXZpbA==" + bel, "\u009b31mred", "\x9b31mred", "\u009d0;title\u009c", "\x7f\x7f\b\b", "a\rb", "a\x00b", esc + "Pq" + esc + "\\",
		// Order and what does not show.
		"\u202egpj.exe", "\u2066a\u2069\u200f", "\u061cname", "ad\u200dmin", "ad\u200cmin", "\u200bname\u2060", "\ufeffname", "\U000e0041\U000e0001", "a\u115f\u3164\uffa0b", "a\ufe0fb\u034f", "line\u2028separator\u2029", "a\u00adb",
		// No UTF-8, and code points that are no characters.
		"\xff\xfe", "\xed\xa0\x80", "caf\xe9 \xc0\xaf", "a\ufffe\uffff\ufdd0", "\xf4\x90\x80\x80",
		// Logs of runners.
		"##[error]pwned", "a ##[add-mask]b", "##vso[task.setvariable variable=x]y", "##teamcity[buildStop comment='x']", "::error::pwned", "  ::set-output name=x::y", "\u00a0::stop-commands::t", "\u3000\u2003::add-mask::x", "line\n::error::pwned", strings.Repeat("word ", 9) + "::error::wrapped ::warning::again", "section_start:1:x\r" + esc + "[0Kname", "###[group]x",
		// Markdown.
		"@octocat", "mail me@evil.example", "[text](http://evil.example)", "![pic](http://evil.example/x.png)", "http://evil.example www.evil.example", "<img src=x onerror=alert(1)>", "`@octocat` | #1 !2 :tada:", "# Title\n> quote",
		// Spreadsheets.
		"=1+1", "\u00a0=cmd|' /C calc'!A0", "\t@SUM(A1)", "\uff1dHYPERLINK(1)", "-2+3", "+\u200b1",
		// Markup and strings.
		"</script><script>alert(1)</script>", "]]><x a='1'>&lt;&#27;", `a" style="x" \N \G`, `'"\`,
	}
}
