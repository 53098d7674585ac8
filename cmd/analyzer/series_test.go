package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNaturally: names in the order in which people expect dumps.
func TestNaturally(t *testing.T) {
	lists := [][]string{
		{"mem-1", "mem-2", "mem-9", "mem-10", "mem-11", "mem-100"},
		{"mem", "mem-1", "mem-1-b", "mem-1.5", "mem-2"},
		{"mem-001", "mem-01", "mem-1", "mem-02", "mem-2"},
		{"a-2/mem-9", "a-10/mem-1"},
		{"a/z", "a-1/b"},
		{"2026-11-22T05-02-09", "2026-11-22T05-02-10", "2026-11-22T15-00-00", "2026-12-01T00-00-00"},
		{"mem-9223372036854775808", "mem-9223372036854775809", "mem-10000000000000000000"},
		{"worker1-dump9", "worker1-dump10", "worker2-dump1"},
		{"", "0", "a", "é"},
	}
	for _, want := range lists {
		got := slices.Clone(want)
		for range 20 {
			rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
			slices.SortFunc(got, compareNaturally)
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
				break
			}
		}
	}
}

// TestDumps has a row for each way to name the dumps of a series.
func TestDumps(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{
		"mem-1.json", "mem-2.json.gz", "mem-9.json.zst", "mem-10.json", "notes.txt", ".hidden.json", "mem[1].json",
		"sub/mem-3.json", "sub/deeper/mem-4.json", "other/x-1.json", "empty/readme", "leaks.json",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	links := os.Symlink("mem-10.json", "latest.json") == nil
	abs := filepath.Join(dir, "mem-1.json")
	tests := []struct {
		name  string
		args  []string
		stdin string
		want  string // names, or what an error says
	}{
		{"files keep their order", []string{"mem-10.json", "mem-1.json", "mem-9.json.zst", "mem-2.json.gz"}, "", "mem-10.json mem-1.json mem-9.json.zst mem-2.json.gz"},
		{"twice", []string{"mem-1.json", "./mem-1.json", abs, "mem-2.json.gz"}, "", "mem-1.json mem-1.json mem-1.json mem-2.json.gz"},
		{"a directory and a file of it", []string{"sub", "sub/mem-3.json"}, "", "sub/mem-3.json sub/mem-3.json"},
		{"a file and its directory", []string{"sub/mem-3.json", "sub"}, "", "sub/mem-3.json"},
		{"pattern", []string{"mem-*"}, "", "mem-1.json mem-2.json.gz mem-9.json.zst mem-10.json"},
		{"pattern in directories", []string{"*/*-?.json"}, "", "other/x-1.json sub/mem-3.json"},
		{"pattern of hidden files", []string{".*.json"}, "", ".hidden.json"},
		{"pattern that is a name", []string{"mem[1].json"}, "", "mem[1].json"},
		{"no pattern", []string{"mem-[1"}, "", "[ is not closed"},
		{"directory", []string{"sub"}, "", "sub/mem-3.json"},
		{"all", []string{"."}, "", "mem-1.json mem-2.json.gz mem-9.json.zst mem-10.json mem[1].json"},
		{"directory and file", []string{"sub/", "mem-1.json"}, "", "sub/mem-3.json mem-1.json"},
		{"a list", []string{"-"}, "mem-10.json\r\nmem-9.json.zst\n\nsub", "mem-9.json.zst mem-10.json sub/mem-3.json"},
		{"a list and a file", []string{"mem-1.json", "-"}, "mem-9.json.zst", "mem-1.json mem-9.json.zst"},
		{"two lists", []string{"-", "-"}, "mem-1.json", "may be given only once"},
		{"an empty list", []string{"-"}, "\n", "names no dump"},
		{"a list with a list", []string{"-"}, "mem-1.json\n-\n", "- in it"},
		{"a dump", []string{"-"}, ` {"header":{}}`, "has a dump"},
		{"a compressed dump", []string{"-"}, "\x1f\x8b\x08\x00", "has a dump"},
		{"a name with a blank", []string{"-"}, " mem-1.json", "no such file"},
		{"no file", []string{"mem-1.json", "mem-3.json"}, "", "mem-3.json: no such file"},
		{"nothing matches", []string{"mem-*.xml"}, "", "no file matches mem-*.xml"},
		{"empty directory", []string{"empty"}, "", "no dump in empty: there is no *.json, *.json.gz or *.json.zst"},
		{"only the baseline", []string{"leaks.json"}, "", "no dump is left of leaks.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "all" && !links {
				t.Skip("no links here")
			}
			a := &app{stdin: strings.NewReader(tt.stdin)}
			got, err := a.dumps(tt.args, []string{"leaks.json", ""})
			text := filepath.ToSlash(strings.Join(got, " "))
			if err != nil {
				text = err.Error()
			}
			if text != tt.want && (err == nil || !strings.Contains(text, tt.want)) {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}
