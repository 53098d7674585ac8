// Gen remakes a column of layouts.tsv from the headers of an installed PHP.
//
//	go run ./capture/layout/gen -php 8.2 -include /usr/include/php/20220829
//
// prints the rows of which that build's headers say something else, and with
// -write puts its column into the table. A new minor version gets a new
// column: -php 8.6 -write.
//
// It compiles a program that prints offsetof and sizeof of each row; the lines
// of fields that the version does not have are dropped where the compiler
// refuses them.
package main

import (
	"flag"
	"fmt"
	"os"

	"memtrail/capture/layout/measure"
)

func main() {
	php := flag.String("php", "", "minor version of the headers, like 8.2")
	include := flag.String("include", "", "directory that has main/, Zend/, TSRM/ and ext/")
	table := flag.String("table", "capture/layout/layouts.tsv", "the table")
	write := flag.Bool("write", false, "put the column into the table")
	flag.Parse()
	if err := run(*php, *include, *table, *write); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(php, include, table string, write bool) error {
	text, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	t, err := measure.Parse(string(text))
	if err != nil {
		return err
	}
	column, err := measure.Column(t.Rows, include)
	if err != nil {
		return err
	}
	for _, d := range t.Differences(php, column) {
		fmt.Println(d)
	}
	if !write {
		return nil
	}
	t.Set(php, column)
	return os.WriteFile(table, []byte(t.String()), 0o644)
}
