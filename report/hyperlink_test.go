package report

import (
	"bufio"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/dump"
)

// Sources are links on a terminal with colours only, and names cannot end a
// link or begin another.
func TestLinkSources(t *testing.T) {
	code := &analysis.Changes{Adds: []dump.Site{{Function: "set()", File: "/srv/a b/\x1b]8;;x\x07/Cache.php", Line: 31}}}
	class := &analysis.Declared{Symbol: "Cache", File: "/srv/Cache.php", Line: 3}
	made := []leaks.Maker{{This: "A"}, {Source: &analysis.Declared{Symbol: "{closure}", File: "/srv/app/src/Jobs.php", Line: 7}}}
	for _, c := range []struct {
		color bool
		file  string
		want  string
	}{
		{true, siteFile(&code.Adds[0], false), "in \x1b]8;;file:///srv/a%20b/%1B%5D8;;x%07/Cache.php\x1b\\\\x1B]8;;x\\x07/Cache.php:31\x1b]8;;\x1b\\.\n"},
		{true, declaredFile(class), "in \x1b]8;;file:///srv/Cache.php\x1b\\/srv/Cache.php:3\x1b]8;;\x1b\\.\n"},
		{true, makerFile(made[1].Source, false), "in \x1b]8;;file:///srv/app/src/Jobs.php\x1b\\src/Jobs.php:7\x1b]8;;\x1b\\.\n"},
		{true, "other.php:3", "in other.php:3.\n"},
		{false, declaredFile(class), "in /srv/Cache.php:3.\n"},
	} {
		var b strings.Builder
		w := bufio.NewWriter(&b)
		page := flowing{&terminal{out: w, color: c.color}, 100}
		linkSources(page, code, class, made, false)
		page.line("in " + c.file + ".")
		w.Flush()
		if b.String() != c.want {
			t.Errorf("%v: %q, want %q", c.color, b.String(), c.want)
		}
	}
}
