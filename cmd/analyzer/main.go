// Analyzer reads php-meminfo heap dumps and tells what keeps the memory of a
// PHP process alive.
//
// Each command has a file of its own: it turns flags into options, has the
// dump read, asks package analysis, and hands the result to package report.
// What went wrong becomes an exit code in one place, exit.go.
package main

import (
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program as a function of its streams.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, console: stdout, stderr: stderr}
	root := a.rootCommand()
	root.SetArgs(withCommand(root, args))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if a.restoreCollector != nil {
		a.restoreCollector()
	}
	return a.exitCode(err)
}
