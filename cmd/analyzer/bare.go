package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// withCommand puts leaks before arguments that begin with a dump instead of a
// command, so that its flags are known.
func withCommand(root *cobra.Command, args []string) []string {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd != root || len(rest) == 0 {
		return args
	}
	words := positional(root, rest)
	if len(words) != 1 || words[0] != standardOutput && (!isDumpName(words[0]) || isDirectory(words[0])) {
		return args // noSuchCommand says why
	}
	return append([]string{"leaks"}, args...)
}

// positional are the arguments that are no flags and no flag's values, as far as
// the commands of root know their flags.
func positional(root *cobra.Command, args []string) []string {
	leaks, _, err := root.Find([]string{"leaks"})
	if err != nil {
		return nil
	}
	var words []string
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return append(words, args[i+1:]...)
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			words = append(words, arg)
		case takesNext(leaks, arg):
			i++
		}
	}
	return words
}

// takesNext reports whether the argument behind a flag is its value.
func takesNext(cmd *cobra.Command, arg string) bool {
	if strings.Contains(arg, "=") {
		return false
	}
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		f := cmd.Flag(name)
		return f != nil && f.NoOptDefVal == ""
	}
	// Of -vl only the last letter can take what follows; -l5 has its value.
	f := cmd.Flags().ShorthandLookup(arg[1:2])
	return len(arg) == 2 && f != nil && f.NoOptDefVal == ""
}

// isDumpName reports whether an argument names a file or a process.
func isDumpName(arg string) bool {
	_, ok := processOf(arg)
	return ok || exists(arg)
}

// noCommand refuses arguments that begin with no command, in one line that says
// what was meant.
func noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	unknown := noSuchCommand(root, args)
	switch first := args[0]; {
	case !isDumpName(first):
		if looksLikeDump(first) && len(root.SuggestionsFor(first)) == 0 {
			return &usageError{fmt.Sprintf("%s: no such file, and no command; see analyzer --help", first)}
		}
		return unknown
	case len(args) == 1 && isDirectory(first):
		return &usageError{fmt.Sprintf("%s is a directory; what grows over the dumps in it: %s", first, commandLine("growth", args))}
	case len(args) == 2 && isDumpName(args[1]):
		return &usageError{fmt.Sprintf("these are two dumps; what changed between them: %s", commandLine("diff", args))}
	default:
		for _, arg := range args {
			if !isDumpName(arg) {
				return unknown
			}
		}
		return &usageError{fmt.Sprintf("these are several dumps; what grows over them: %s", commandLine("growth", args))}
	}
}

// looksLikeDump reports whether an argument is more likely to be a file than a
// command.
func looksLikeDump(arg string) bool {
	return stem(arg) != arg || filepath.Base(arg) != arg
}

// pasteable is a path that a shell takes as it stands.
var pasteable = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./:@%+=-]*$`)

// commandLine is a command to paste into a shell.
func commandLine(command string, files []string) string {
	words := []string{"analyzer", command}
	for _, file := range files {
		if !pasteable.MatchString(file) {
			file = "DUMP" // what a shell would not take as it is printed
		}
		words = append(words, file)
	}
	return strings.Join(words, " ")
}
