// Package measure asks a C compiler where the fields of PHP's structures lie.
package measure

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Row is a structure, or a field of one. A name like static_members_table__ptr
// is that of a ZEND_MAP_PTR field, as the compiler sees it.
type Row struct{ Struct, Field string }

// Table is the text of layouts.tsv.
type Table struct {
	Versions []string
	Rows     []Row
	Cells    [][]string // by row, then version; "-" where a version lacks the row
}

// Parse reads a table.
func Parse(text string) (*Table, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	head := strings.Split(lines[0], "\t")
	if len(head) < 3 || head[0] != "struct" || head[1] != "field" {
		return nil, errors.New("the table does not begin with the columns struct and field")
	}
	t := &Table{Versions: head[2:]}
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(head) {
			return nil, fmt.Errorf("line %d has %d cells, want %d", i+2, len(cells), len(head))
		}
		t.Rows = append(t.Rows, Row{cells[0], cells[1]})
		t.Cells = append(t.Cells, cells[2:])
	}
	return t, nil
}

// String is the text of the table.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "struct\tfield\t%s\n", strings.Join(t.Versions, "\t"))
	for i, r := range t.Rows {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", r.Struct, r.Field, strings.Join(t.Cells[i], "\t"))
	}
	return b.String()
}

// Differences describes the rows for which a column says something else than
// the table's own column of that version.
func (t *Table) Differences(version string, column map[Row]string) []string {
	v := slices.Index(t.Versions, version)
	var all []string
	for i, r := range t.Rows {
		was := "-"
		if v >= 0 {
			was = t.Cells[i][v]
		}
		is, ok := column[r]
		if !ok {
			is = "-"
		}
		if was != is {
			all = append(all, fmt.Sprintf("%s.%s: the table has %s, the headers %s", r.Struct, r.Field, was, is))
		}
	}
	return all
}

// Set puts a column into the table, a new one behind the others.
func (t *Table) Set(version string, column map[Row]string) {
	v := slices.Index(t.Versions, version)
	if v < 0 {
		v = len(t.Versions)
		t.Versions = append(t.Versions, version)
		for i := range t.Cells {
			t.Cells[i] = append(t.Cells[i], "-")
		}
	}
	for i, r := range t.Rows {
		t.Cells[i][v] = "-"
		if c, ok := column[r]; ok {
			t.Cells[i][v] = c
		}
	}
}

// head is what comes before the rows. Headers that a version lacks are left
// out by the preprocessor.
const head = `#include <stdio.h>
#include <stddef.h>
#include "php.h"
#include "zend.h"
#include "zend_globals.h"
#include "zend_generators.h"
#include "zend_closures.h"
#include "zend_arena.h"
#include "zend_ini.h"
#include "zend_objects_API.h"
#include "zend_modules.h"
#include "zend_list.h"
#if __has_include("zend_attributes.h")
#include "zend_attributes.h"
#endif
#if __has_include("zend_weakrefs.h")
#include "zend_weakrefs.h"
#endif
#if __has_include("zend_fibers.h")
#include "zend_fibers.h"
#endif
#include "ext/date/php_date.h"
#include "ext/spl/spl_array.h"
int main(void) {
`

var refused = regexp.MustCompile(`(?m)^[^:\n]*layout\.c:(\d+):\d+: error`)

// Column gives offset+size of each row that the headers in a directory have.
func Column(rows []Row, include string) (map[Row]string, error) {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var lines []string
	for i, r := range rows {
		if r.Field == "" {
			lines = append(lines, fmt.Sprintf(`printf("%d 0+%%zu\n", sizeof(%s));`, i, r.Struct))
		} else {
			lines = append(lines, fmt.Sprintf(`printf("%d %%zu+%%zu\n", offsetof(%s, %s), sizeof(((%s*)0)->%s));`, i, r.Struct, r.Field, r.Struct, r.Field))
		}
	}
	source, program := filepath.Join(dir, "layout.c"), filepath.Join(dir, "layout")
	first := strings.Count(head, "\n")
	for {
		text := head + strings.Join(lines, "\n") + "\nreturn 0; }\n"
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			return nil, err
		}
		cc := exec.Command("cc", "-w", "-fmax-errors=0", "-I"+include, "-I"+include+"/main", "-I"+include+"/Zend", "-I"+include+"/TSRM",
			"-I"+include+"/ext", "-I"+include+"/ext/date/lib", "-o", program, source)
		out, err := cc.CombinedOutput()
		if err == nil {
			break
		}
		dropped := false
		for _, m := range refused.FindAllSubmatch(out, -1) {
			n, _ := strconv.Atoi(string(m[1]))
			if i := n - 1 - first; i >= 0 && i < len(lines) && lines[i] != "" {
				lines[i], dropped = "", true
			}
		}
		if !dropped {
			return nil, fmt.Errorf("compiling: %w: %s", err, out[:min(len(out), 500)])
		}
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		return nil, fmt.Errorf("running what was compiled: %w", err)
	}
	column := map[Row]string{}
	printed := bufio.NewScanner(bytes.NewReader(out))
	for printed.Scan() {
		i, cell, _ := strings.Cut(printed.Text(), " ")
		n, err := strconv.Atoi(i)
		if err != nil || n >= len(rows) {
			return nil, fmt.Errorf("unexpected output %q", printed.Text())
		}
		column[rows[n]] = cell
	}
	return column, nil
}
