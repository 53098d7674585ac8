package layout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"memtrail/capture/layout"
	"memtrail/capture/layout/measure"
)

func TestVersions(t *testing.T) {
	for _, v := range []int{70400, 70433, 80030, 80129, 80200, 80236, 80308, 80414, 80502} {
		l, ok := layout.For(v)
		if !ok || l.Version != v/100*100 {
			t.Errorf("no layout for %d", v)
			continue
		}
		for _, name := range []string{"zend_executor_globals.symtable_cache_limit", "zend_class_entry.name", "zend_op_array.vars"} {
			if !l.Has(name) {
				t.Errorf("%s: no %s", l, name)
			}
		}
	}
	for _, v := range []int{70333, 80600, 90000} {
		if _, ok := layout.For(v); ok {
			t.Errorf("a layout for %d", v)
		}
	}
	any := func(*layout.Table) bool { return true }
	if l := layout.Nearest(80600, any); l.String() != "8.5" {
		t.Errorf("the nearest to 8.6 is %s", l)
	}
	if l := layout.Nearest(70200, any); l.String() != "7.4" {
		t.Errorf("the nearest to 7.2 is %s", l)
	}
	if l := layout.Nearest(80600, func(l *layout.Table) bool { return l.Version < 80100 }); l.String() != "8.0" {
		t.Errorf("the nearest to 8.6 before 8.1 is %s", l)
	}
}

var versionLine = regexp.MustCompile(`#define PHP_VERSION "(\d+\.\d+)`)

// The table is held against the headers of every PHP that is installed with
// its headers; there is no other source of truth.
func TestHeaders(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler: the layouts are not held against headers")
	}
	found := false
	patterns := []string{"/usr/include/php/*", "/usr/local/include/php"}
	if dir := os.Getenv("PHP_HEADERS"); dir != "" {
		patterns = append(patterns, dir)
	}
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p)
		for _, dir := range dirs {
			text, err := os.ReadFile(filepath.Join(dir, "main", "php_version.h"))
			m := versionLine.FindSubmatch(text)
			if err != nil || m == nil {
				continue
			}
			found = true
			t.Run(string(m[1]), func(t *testing.T) { holdAgainst(t, string(m[1]), dir) })
		}
	}
	if !found {
		t.Skip("no PHP headers installed (a package like php8.2-dev has them): the layouts are not held against any")
	}
}

func holdAgainst(t *testing.T, php, include string) {
	config, err := os.ReadFile(filepath.Join(include, "main", "php_config.h"))
	if err == nil && strings.Contains(string(config), "#define ZTS 1") {
		t.Skip("headers of a thread-safe build")
	}
	text, err := os.ReadFile("layouts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := measure.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	column, err := measure.Column(table.Rows, include)
	if err != nil {
		t.Fatal(err)
	}
	if len(column) < 150 {
		t.Fatalf("only %d rows could be measured", len(column))
	}
	for _, d := range table.Differences(php, column) {
		t.Error(d)
	}
}
