// Simheap writes a php-meminfo dump of a simulated PHP process to its standard
// output:
//
//	go run ./internal/simheap/cmd -items 4000000 -seed 1 > big.json
//
// The same flags give the same bytes on every machine.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"memtrail/internal/simcmd"
	"memtrail/internal/simheap"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	var o simheap.Options
	fs := simcmd.Flags("simheap", stderr)
	fs.IntVar(&o.Items, "items", 100_000, "how many `items` the dump has")
	fs.Uint64Var(&o.Seed, "seed", 1, "moves addresses, varies lengths and shapes")
	fs.Func("mix", "the structures and their weights, as `cache=80,list=20,oddkeys=1`, in place of the usual mix", func(s string) error {
		mix, err := parseMix(s)
		o.Mix = mix
		return err
	})
	fs.Func("without", "structures to leave out, as `list,tree`", func(s string) error {
		if o.Mix == nil {
			o.Mix = simheap.DefaultMix()
		}
		return leaveOut(o.Mix, s)
	})
	fs.BoolVar(&o.NextFirst, "next-first", false, "list nodes list the next node before their payload: as deep a walk as the list is long")
	fs.IntVar(&o.Dangling, "dangling", 0, "`children` with an id that no item has")
	fs.Int64Var(&o.TruncateAt, "truncate", 0, "end the dump behind that many `bytes`")
	truthFile := fs.String("truth", "", "write what the dump holds to a JSON `file`")
	if exit, done := simcmd.Parse(fs, args); done {
		return exit
	}
	truth, err := simheap.Write(stdout, o)
	if err == nil && *truthFile != "" {
		err = simcmd.WriteTruth(*truthFile, truth)
	}
	return simcmd.Exit(err, stderr)
}

func parseMix(s string) (simheap.Mix, error) {
	mix := simheap.Mix{}
	for part := range strings.SplitSeq(s, ",") {
		name, weight, _ := strings.Cut(part, "=")
		var structure simheap.Structure
		if err := structure.UnmarshalText([]byte(name)); err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(weight)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no weight", weight)
		}
		mix[structure] = n
	}
	return mix, nil
}

func leaveOut(mix simheap.Mix, s string) error {
	for name := range strings.SplitSeq(s, ",") {
		var structure simheap.Structure
		if err := structure.UnmarshalText([]byte(name)); err != nil {
			return err
		}
		delete(mix, structure)
	}
	return nil
}
