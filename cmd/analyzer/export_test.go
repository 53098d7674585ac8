package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/pprof/profile"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// table is an exported table of CSV, a row by column.
func table(t *testing.T, name, dump string) []map[string]string {
	t.Helper()
	stdout, stderr, code := analyze(t, "", "export", dump, "--to", "csv", "--table", name, "-q")
	records, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || code != exitOK {
		t.Fatalf("%s: %d, %v, %s", dump, code, err, stderr)
	}
	rows := make([]map[string]string, len(records)-1)
	for i, r := range records[1:] {
		rows[i] = map[string]string{}
		for c, column := range records[0] {
			rows[i][column] = r[c]
		}
	}
	return rows
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestExportWithoutKeys: with --redact-keys no export has a key of an array, neither
// one that is text nor one that is a number, and all have classes and properties, even
// where a key is called like one.
func TestExportWithoutKeys(t *testing.T) {
	orders := dumpbuild.NewArray()
	for i := range 20 {
		orders.Add(strconv.Itoa(7654321+i), dumpbuild.NewString(300))
	}
	user := dumpbuild.NewObject(`App\User`, dumpbuild.To("orders", orders), dumpbuild.To("first", dumpbuild.NewString(100)))
	registry := dumpbuild.NewArray(dumpbuild.To("jane@example.org", user), dumpbuild.To("first", dumpbuild.NewArray(dumpbuild.To("7654399", dumpbuild.NewString(90)))))
	dump := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(dump, dumpbuild.New().Global("registry", registry).Dump().PrintUsual(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range [][]string{
		{"pprof"}, {"heapsnapshot"}, {"dot"}, {"dot", "--item", `$registry["jane@example.org"]->orders[7654321]`},
		{"ndjson", "--table", "edges"}, {"ndjson", "--table", "places"}, {"csv", "--table", "items"}, {"csv", "--table", "places"},
	} {
		for _, flags := range [][]string{nil, {"--redact-keys"}} {
			stdout, stderr, code := analyze(t, "", slices.Concat([]string{"export", dump, "-q", "--to"}, to, flags)...)
			if code != exitOK {
				t.Fatalf("%v: %d, %s", to, code, stderr)
			}
			if to[0] == "pprof" {
				p, err := profile.ParseData([]byte(stdout))
				if err != nil {
					t.Fatal(err)
				}
				stdout = p.String()
			}
			hasKeys := strings.Contains(stdout, "jane") || strings.Contains(stdout, "76543")
			if isItems := to[len(to)-1] == "items"; hasKeys != (flags == nil && !isItems) {
				t.Errorf("%v %v: has keys: %t\n%.2000s", to, flags, hasKeys, stdout)
			}
			if !strings.Contains(stdout, "User") && !strings.Contains(stdout, "registry") && !strings.Contains(stdout, `"orders"`) {
				t.Errorf("%v %v has no names: %.2000s", to, flags, stdout)
			}
			if to[0] == "heapsnapshot" && !strings.Contains(stdout, `"first"`) {
				t.Errorf("%v lacks a property that is also a key", flags)
			}
		}
	}
}

// TestExportOfCaptures: a capture is priced to the byte, and so are its exports.
func TestExportOfCaptures(t *testing.T) {
	cases.OnlyFull(t, "cores are captured and exported")
	cores, err := filepath.Glob("../../capture/testdata/php8*.core.zst")
	if err != nil || len(cores) == 0 {
		t.Fatal(cores, err)
	}
	for _, core := range cases.Sample(cores, 2, 0) {
		d := table(t, "dumps", core)[0]
		usage := number(t, d["memory_usage"])
		if number(t, d["explained_bytes"])+number(t, d["unexplained_bytes"]) != usage || d["producer"] != "analyzer capture" {
			t.Errorf("%s: %v", core, d)
		}
		var sum int64
		for _, row := range table(t, "items", core) {
			sum += number(t, row["allocated_bytes"])
		}
		if sum+number(t, d["php_itself_bytes"]) != number(t, d["explained_bytes"]) {
			t.Errorf("%s: items of %d bytes: %v", core, sum, d)
		}
		stdout, _, _ := analyze(t, "", "export", core, "--to", "pprof", "-q")
		p, err := profile.ParseData([]byte(stdout))
		if err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, s := range p.Sample {
			total += s.Value[1]
		}
		if total != usage {
			t.Errorf("%s: a profile of %d bytes, want %d", core, total, usage)
		}
		stdout, _, _ = analyze(t, "", "export", core, "--to", "heapsnapshot", "-q")
		if !json.Valid([]byte(stdout)) {
			t.Errorf("%s: no JSON", core)
		}
	}
}

// TestExportSame: the same dump gives the same bytes, so that exports can be
// compared and cached.
func TestExportSame(t *testing.T) {
	for _, format := range exportFormats() {
		args := []string{"export", data("weird.json.gz"), "--to", format, "-q"}
		if format == toParquet {
			args = append(args, "--table", "items")
		}
		first, _, _ := analyze(t, "", args...)
		again, _, _ := analyze(t, "", args...)
		if first == "" || first != again {
			t.Errorf("%s: %d bytes, then %d", format, len(first), len(again))
		}
	}
}

// TestExportOnTerminal: bytes that are no text do not go to a terminal.
func TestExportOnTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	defer terminal.Close()
	for _, args := range [][]string{{"--to", "pprof"}, {"--to", "heapsnapshot"}, {"--to", "parquet", "--table", "types"}, {"--to", "pprof", "-o", "-"}} {
		var stderr bytes.Buffer
		code := run(append([]string{"export", data("example.json")}, args...), strings.NewReader(""), terminal, &stderr)
		if code != exitUnusable || !strings.Contains(stderr.String(), "is not for a terminal: give a file, -o heap.") {
			t.Errorf("%v: %d, %s", args, code, stderr.String())
		}
	}
}

// TestDumpNames: dumps are called by what tells them apart, and by no more.
func TestDumpNames(t *testing.T) {
	for _, c := range []struct{ files, names, stems string }{
		{"dumps/mem-1.json.gz dumps/mem-2.json.gz", "mem-1.json.gz mem-2.json.gz", "mem-1 mem-2"},
		{"/srv/a/x.json /srv/b/x.json", "a/x.json b/x.json", "a-x b-x"},
		{"/srv/a/d/x.json /srv/b/d/x.json /srv/b/d/y.json", "a/d/x.json b/d/x.json b/d/y.json", "a-d-x b-d-x b-d-y"},
		{"pid:12 pid:12/2", "pid:12 pid:12/2", "pid-12 pid-12-2"},
		{"x.json ./x.json x.json", "x.json x.json_(2) x.json_(3)", "x x.json_(2) x.json_(3)"},
		{"a/x.json x.json", "a/x.json x.json", "a-x x"},
		{"a/x.json.gz a/X.json", "x.json.gz X.json", "x X-2"},
	} {
		names := dumpNames(strings.Fields(c.files))
		if got := strings.ReplaceAll(fmt.Sprintf("%q", names), " (", "_("); got != fmt.Sprintf("%q", strings.Fields(c.names)) {
			t.Errorf("%s: %s, want %s", c.files, got, c.names)
		}
		if got := strings.ReplaceAll(fmt.Sprintf("%q", fileNames(names)), " (", "_("); got != fmt.Sprintf("%q", strings.Fields(c.stems)) {
			t.Errorf("%s: files %s, want %s", c.files, got, c.stems)
		}
	}
}

// TestExportIntoFullDisk: of tables that cannot be written none stays.
func TestExportIntoFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "tables"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(dir, "tables", "edges.parquet")); err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	// Of a small dump nothing is written before all tables are complete.
	for _, name := range cases.Sample([]string{"talk-1k.json.gz", "ast.json.zst"}, 1, 0) {
		_, stderr, code := analyze(t, "", "export", data(name), "--to", "parquet", "-o", filepath.Join(dir, "tables"))
		left, err := os.ReadDir(filepath.Join(dir, "tables"))
		if code != exitUnusable || !strings.Contains(stderr, "edges.parquet: no space left") || err != nil || len(left) != 1 {
			t.Errorf("%s: %d: %s; left: %v, %v", name, code, stderr, left, err)
		}
	}
}
