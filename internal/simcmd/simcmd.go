// Package simcmd is what the commands of the two simulators have in common.
package simcmd

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"memtrail/internal/json"
)

// Exit codes.
const (
	ExitFailed = 1
	ExitUsage  = 2
)

// Flags is a set of flags of a command that takes no arguments. What is wrong with
// them is written to stderr.
func Flags(name string, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	return fs
}

// Parse reads the flags. If the command is not to go on, done is true and exit its
// exit code: 0 where help was asked for.
func Parse(fs *flag.FlagSet, args []string) (exit int, done bool) {
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0, true
	case err != nil:
		return ExitUsage, true
	case fs.NArg() > 0:
		fmt.Fprintf(fs.Output(), "%s: unexpected argument %q\n", fs.Name(), fs.Arg(0))
		return ExitUsage, true
	}
	return 0, false
}

// Exit is the exit code of what a command did, whose error it writes to stderr.
func Exit(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	return ExitFailed
}

// WriteTruth writes what is known of dumps to a JSON file.
func WriteTruth(file string, truth any) error {
	text, err := json.EncodeIndent(truth, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o666)
}
