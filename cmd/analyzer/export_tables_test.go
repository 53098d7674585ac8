package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// A tableReader is programs of others that read Parquet: DuckDB and hyparquet.
type tableReader struct {
	t   *testing.T
	dir string // where they are installed
}

// newTableReader finds them, or skips the test where there are none.
func newTableReader(t *testing.T) *tableReader {
	t.Helper()
	required := os.Getenv("MEMTRAIL_DUCKDB_REQUIRED") != ""
	if testing.Short() && !required {
		t.Skip("DuckDB is slow to start")
	}
	return &tableReader{t, nodePackage(t, "duckdb", "@duckdb", "node-api")}
}

// node runs a script of testdata.
func (r *tableReader) node(dir, stdin, script string, args ...string) []byte {
	r.t.Helper()
	path, err := filepath.Abs(filepath.Join(scripts, script))
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command("node", append([]string{path}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, strings.NewReader(stdin), os.Stderr
	cmd.Env = append(os.Environ(), "MEMTRAIL_DUCKDB="+r.dir)
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("node %s: %v", script, err)
	}
	return out
}

// scripts has the scripts, as long as the test stays in the package's directory.
var scripts = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// query runs statements in a directory. Numbers are json.Number or, beyond 53 bits,
// texts.
func (r *tableReader) query(dir string, statements ...string) []json.RawMessage {
	r.t.Helper()
	in, err := json.Marshal(statements)
	if err != nil {
		r.t.Fatal(err)
	}
	var answers []json.RawMessage
	if err := json.Unmarshal(r.node(dir, string(in), "duckdb.mjs"), &answers); err != nil {
		r.t.Fatal(err)
	}
	for i, a := range answers {
		if a[0] != '[' {
			r.t.Fatalf("%s\n%s", statements[i], a)
		}
	}
	return answers
}

// rowsOf are the rows of an answer, each value as text.
func rowsOf(t *testing.T, answer json.RawMessage) []map[string]string {
	t.Helper()
	var rows []map[string]any
	d := json.NewDecoder(strings.NewReader(string(answer)))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	texts := make([]map[string]string, len(rows))
	for i, row := range rows {
		texts[i] = map[string]string{}
		for name, v := range row {
			if v != nil {
				texts[i][name] = fmt.Sprint(v)
			}
		}
	}
	return texts
}

// columnsOf are the names of an answer's columns in their order.
func columnsOf(t *testing.T, answer json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(answer)))
	var names []string
	for depth, key := 0, true; ; {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				return names
			}
			depth++
			key = true
		default:
			if key {
				names = append(names, fmt.Sprint(v))
			}
			key = !key
		}
	}
}

// exported has a command write into a new directory, which it returns.
func exported(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tables")
	if _, stderr, code := analyze(t, "", append([]string{"export", "--to", "parquet", "-o", dir, "-q"}, args...)...); code != exitOK && code != exitIncomplete {
		t.Fatalf("%d: %s", code, stderr)
	}
	return dir
}

// TestTablesInDuckDB: what DuckDB sums up is what the commands print.
func TestTablesInDuckDB(t *testing.T) {
	r := newTableReader(t)
	for _, name := range cases.Sample([]string{"talk-1k.json.gz", "weird.json.gz", "series/weak_map-3.json.gz", "truncated-memory-limit.json.gz", "closure-address-reuse.json"}, 1, 0) {
		dir := exported(t, data(name))
		answers := r.query(dir,
			`SELECT coalesce(class, type) AS name, type, count(*) AS count, sum(reported_bytes) AS reported, sum(allocated_bytes) AS allocated FROM 'items.parquet' GROUP BY ALL`,
			`SELECT name, type, count, reported_bytes AS reported, allocated_bytes AS allocated, retained_bytes AS retained FROM 'types.parquet'`,
			`SELECT items, roots, edges, explained_bytes - php_itself_bytes AS values, (SELECT count(*) FROM 'items.parquet') AS counted,
				(SELECT count(*) FROM 'items.parquet' WHERE is_root) AS counted_roots, (SELECT count(*) FROM 'edges.parquet') AS counted_edges,
				(SELECT sum(own_bytes + left_out_bytes) FROM 'places.parquet') AS in_places,
				(SELECT sum(retained_bytes) FROM 'items.parquet' WHERE idom IS NULL) AS topmost FROM 'dumps.parquet'`,
			`SELECT count(*) AS wrong FROM 'items.parquet' a JOIN 'items.parquet' b ON a.idom = b.item WHERE a.retained_bytes > b.retained_bytes`,
			`SELECT count(*) AS wrong FROM 'items.parquet' i JOIN (SELECT from_item, count(*) AS n FROM 'edges.parquet' WHERE key_kind <> 'weakmap' GROUP BY ALL) e
				ON i.item = e.from_item WHERE i.children_count <> e.n`,
		)
		var summary struct {
			Groups []struct {
				Name      string      `json:"type"`
				Count     json.Number `json:"count"`
				Size      json.Number `json:"reported_bytes"`
				Allocated json.Number `json:"allocated_bytes"`
				Retained  json.Number `json:"retained_bytes"`
			} `json:"types"`
		}
		stdout, _, _ := analyze(t, "", "summary", data(name), "--retained", "-q", "--format", "json")
		if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
			t.Fatal(err)
		}
		want, wantRetained := map[string]string{}, map[string]string{}
		for _, g := range summary.Groups {
			want[g.Name] = fmt.Sprintf("%s %s %s", g.Count, g.Size, g.Allocated)
			wantRetained[g.Name] = want[g.Name] + fmt.Sprint(" ", g.Retained)
		}
		got, gotRetained := map[string]string{}, map[string]string{}
		for _, row := range rowsOf(t, answers[0]) {
			got[row["name"]] = row["count"] + " " + row["reported"] + " " + row["allocated"]
		}
		for _, row := range rowsOf(t, answers[1]) {
			gotRetained[row["name"]] = row["count"] + " " + row["reported"] + " " + row["allocated"] + " " + row["retained"]
		}
		if len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(gotRetained) != fmt.Sprint(wantRetained) {
			t.Errorf("%s:\n%v\n%v\nwant\n%v", name, got, gotRetained, wantRetained)
		}
		d := rowsOf(t, answers[2])[0]
		if d["items"] != d["counted"] || d["roots"] != d["counted_roots"] || d["edges"] != d["counted_edges"] || d["values"] != d["in_places"] || d["values"] != d["topmost"] {
			t.Errorf("%s: %v", name, d)
		}
		for _, a := range answers[3:] {
			if row := rowsOf(t, a)[0]; row["wrong"] != "0" {
				t.Errorf("%s: %s", name, a)
			}
		}
	}
}

// TestHostileTables: names go through Parquet without a loss, and through CSV and
// JSON without harm.
func TestHostileTables(t *testing.T) {
	cases.OnlyFull(t, "DuckDB starts, and node")
	r := newTableReader(t)
	names := []string{"\x1b[31mred", "a\u202eb", "=cmd|'/c calc'!A0", "\u3000=1+1", "\xff\xfe'; DROP TABLE x; --", "a\x00b", `a"b\c`, "line\nline", ",;\t|", "🐘"}
	b := dumpbuild.New().Memory(10<<20, 12<<20, 10<<20, 12<<20)
	for _, name := range names {
		b.Global("g"+name, dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewArray(dumpbuild.To(name, dumpbuild.NewString(5000))))))
	}
	dump := filepath.Join(t.TempDir(), "hostile.json")
	if err := os.WriteFile(dump, b.Dump().PrintUsual(), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := exported(t, dump)
	// undone is a name as the dump has it.
	undone := func(text, raw string) string {
		if raw != "true" {
			return text
		}
		var bytes []byte
		for _, c := range text {
			bytes = append(bytes, byte(c))
		}
		return string(bytes)
	}
	left := map[string]int{}
	for _, row := range rowsOf(t, r.query(dir, `SELECT class AS name, raw FROM 'items.parquet' WHERE type = 'object' UNION ALL SELECT key, raw FROM 'edges.parquet'`)[0]) {
		left[undone(row["name"], row["raw"])]++
	}
	for _, name := range names {
		if left[name] != 3 { // a class, a property, a key
			t.Errorf("%q is there %d times", name, left[name])
		}
	}
	var rows []map[string]any
	if err := json.Unmarshal(r.node(dir, "", "hyparquet.mjs", "items.parquet"), &rows); err != nil || len(rows) != 3*len(names) {
		t.Errorf("hyparquet reads %d rows: %v", len(rows), err)
	}
	stdout, _, _ := analyze(t, "", "export", dump, "--to", "csv", "--table", "edges")
	if strings.ContainsAny(stdout, "\x1b\u202e\x00\t") || !utf8.ValidString(stdout) || strings.Contains(stdout, ",=cmd") || strings.Contains(stdout, ",\u3000=") || !strings.Contains(stdout, ",'=cmd") {
		t.Errorf("%q", stdout)
	}
	stdout, _, _ = analyze(t, "", "export", dump, "--to", "ndjson", "--table", "edges")
	for line := range strings.Lines(stdout) {
		var row struct {
			Key string
			Raw bool
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		left[undone(row.Key, fmt.Sprint(row.Raw))]++
	}
	for _, name := range names {
		if left[name] != 5 {
			t.Errorf("%q is in JSON %d times", name, left[name]-3)
		}
	}
}

// TestFleetQueries runs the queries of docs/exports.md on the tables that its
// examples write. Below each query stands its answer.
func TestFleetQueries(t *testing.T) {
	cases.OnlyFull(t, "DuckDB starts")
	r := newTableReader(t)
	root, _ := documents(t)
	path := filepath.Join(root, "docs", "exports.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")); err != nil {
		t.Skip(err)
	}
	t.Chdir(dir)
	text := string(b)
	for _, m := range regexp.MustCompile(`(?m)^\$ analyzer (export (?:.*\\\n)*.*-o fleet/.*)$`).FindAllStringSubmatch(text, -1) {
		if _, stderr, code := analyze(t, "", split(t, strings.ReplaceAll(m[1], "\\\n", ""))...); code != exitOK {
			t.Fatalf("%s: %s", m[1], stderr)
		}
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```\n(\n(?:\\|[^\n]*\n)+)?")
	var statements []string
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		statements = append(statements, strings.Split(strings.TrimSuffix(strings.TrimSpace(m[1]), ";"), ";\n")...)
	}
	answers := r.query(dir, statements...)
	queries := 0
	next := 0
	updated := block.ReplaceAllStringFunc(text, func(found string) string {
		m := block.FindStringSubmatch(found)
		n := strings.Count(m[1], ";\n")
		answer := answers[next+n-1]
		next += n
		if strings.HasPrefix(m[1], "CREATE") {
			return found
		}
		queries++
		return "```sql\n" + m[1] + "```\n\n" + markdownTable(t, answer)
	})
	if queries != 4 {
		t.Errorf("%d queries", queries)
	}
	if *update {
		if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if updated != text {
		t.Errorf("the answers in docs/exports.md differ; go test ./cmd/analyzer -run FleetQueries -full -update; now:\n%s", updated)
	}
	for _, want := range []string{"$kernel->repo->identity | Product | 1000 |", "$kernel->repo->identity | [*] | 3000 |", "Product | 3000 | 2000 |"} {
		if !strings.Contains(updated, want) {
			t.Errorf("no query answers %s", want)
		}
	}
}

// markdownTable writes an answer as a table.
func markdownTable(t *testing.T, answer json.RawMessage) string {
	columns := columnsOf(t, answer)
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rowsOf(t, answer) {
		for _, c := range columns {
			b.WriteString("| " + strings.ReplaceAll(row[c], "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	return b.String()
}
