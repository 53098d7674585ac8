// Simshape writes a dump of one extreme shape, or its ordinary twin, to its
// standard output:
//
//	go run ./internal/simshape/cmd -shape list -items 1000000 > list.json
package main

import (
	"io"
	"os"

	"memtrail/internal/simcmd"
	"memtrail/internal/simshape"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var o simshape.Options
	fs := simcmd.Flags("simshape", stderr)
	fs.IntVar(&o.Items, "items", 100_000, "about how many `items` the dump has")
	fs.Func("shape", "`list`, classes, roots or random", func(s string) (err error) {
		o.Shape, err = simshape.Parse(s)
		return err
	})
	fs.BoolVar(&o.Ordinary, "ordinary", false, "write the dump that the shape is compared with")
	if exit, done := simcmd.Parse(fs, args); done {
		return exit
	}
	return simcmd.Exit(simshape.Write(stdout, o), stderr)
}
