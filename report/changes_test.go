package report

import (
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
)

func TestCodeRemarks(t *testing.T) {
	set := dump.Site{Function: `App\Cache::set()`, File: "/srv/app/src/Cache.php", Line: 31, How: "[] ="}
	listener := dump.Site{Function: `{closure} in App\Boot\Kernel::boot()`, File: "/srv/app/src/Kernel.php", Line: 8, How: "[] ="}
	file := dump.Site{File: "worker.php", Line: 3, How: "[] ="}
	hostile := dump.Site{Function: "f\x1b[31m\u202e()", File: "a\nb/\x00.php", Line: 1, How: "="}
	for _, c := range []struct {
		name string
		code *analysis.Changes
		all  bool
		want string
	}{
		{"nothing known", nil, false, ""},
		{"one place, and none that removes", &analysis.Changes{Adds: []dump.Site{set}}, false,
			"adds: Cache::set() src/Cache.php:31, the only place seen | removes: nothing that was seen"},
		{"several", &analysis.Changes{Adds: []dump.Site{set, listener, file, file}, Removes: []dump.Site{file}}, false,
			"adds: Cache::set() src/Cache.php:31, {closure} in Kernel::boot() src/Kernel.php:8 and 2 more | removes: worker.php:3"},
		{"whole names", &analysis.Changes{Adds: []dump.Site{set}, Removes: []dump.Site{listener}}, true,
			`adds: App\Cache::set() /srv/app/src/Cache.php:31, the only place seen | removes: {closure} in App\Boot\Kernel::boot() /srv/app/src/Kernel.php:8`},
		{"replaced", &analysis.Changes{Adds: []dump.Site{set}, Other: []dump.Site{set}}, false,
			"adds: Cache::set() src/Cache.php:31, the only place seen | removes: nothing that was seen; it can be changed as a whole in Cache::set() src/Cache.php:31"},
		{"a function that calls itself", &analysis.Changes{Adds: []dump.Site{{Function: "wait()", File: "a.php", Line: 2, How: dump.CallsItself}}}, false,
			"calls: itself in wait() a.php:2"},
		{"hostile names", &analysis.Changes{Adds: []dump.Site{hostile}}, true,
			`adds: f\x1B[31m\u{202E}() a\nb/\x00.php:1, the only place seen | removes: nothing that was seen`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parts []string
			for _, r := range codeRemarks(c.code, c.all) {
				parts = append(parts, r.title+": "+r.text.plain())
			}
			if got := strings.Join(parts, " | "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
