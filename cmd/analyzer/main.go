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
	"runtime/debug"
)

func main() {
	a := newApp(os.Stdin, os.Stdout, os.Stderr)
	a.collector = debug.SetGCPercent
	a.memory.process = true
	os.Exit(a.run(os.Args[1:]))
}

// run is the program as a function of its streams.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr).run(args)
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{stdin: stdin, stdout: stdout, console: stdout, stderr: stderr}
}

// run runs a command and gives its exit code.
func (a *app) run(args []string) int { return a.exitCode(a.execute(args)) }

// execute runs a command.
func (a *app) execute(args []string) error {
	root := a.rootCommand()
	if completes(args) {
		completeFlags(root)
	}
	root.SetArgs(withCommand(root, args))
	err := root.Execute()
	if a.pace != nil {
		a.pace.stop()
	}
	a.memory.unwatch()
	return err
}
