package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exactArgs is cobra.ExactArgs in words that name what is missing.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{fmt.Sprintf("%s needs %s%s; usage: %s", cmd.Name(), strings.Join(names[len(args):], " and "), dumpForms(names), cmd.UseLine())}
		case len(names) == 0 && len(args) > 0:
			return &usageError{fmt.Sprintf("%s takes no arguments, got %q", cmd.Name(), args[0])}
		case len(args) > len(names) && slices.Equal(names, []string{"DUMP"}) && isDumpName(args[1]):
			return &usageError{fmt.Sprintf("%s takes one DUMP, got %q besides; analyzer growth and analyzer diff compare dumps", cmd.Name(), args[1])}
		case len(args) > len(names):
			return &usageError{fmt.Sprintf("%s takes %s and nothing else, got %q; usage: %s", cmd.Name(), strings.Join(names, " and "), args[len(names)], cmd.UseLine())}
		}
		return nil
	}
}

// dumpForms says what a DUMP can be, if that is what is missing.
func dumpForms(names []string) string {
	if !slices.Equal(names, []string{"DUMP"}) {
		return ""
	}
	return ": a file, - for standard input, or a process, pid:PID"
}

// noSuchCommand refuses whatever stands where a command should.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see analyzer --help"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", enumerate(near))
	}
	return &usageError{fmt.Sprintf("unknown command %q; %s", args[0], hint)}
}

// atLeast checks a flag that counts.
func atLeast(flag string, value, least int) error {
	if value < least {
		return &usageError{fmt.Sprintf("--%s is %d, it must be at least %d", flag, value, least)}
	}
	return nil
}

// oneOf checks a flag that takes one of a few words.
func oneOf(flag, value string, words []string) error {
	if !slices.Contains(words, value) {
		return &usageError{fmt.Sprintf("--%s takes %s, not %q", flag, enumerate(words), value)}
	}
	return nil
}

// flagError says which flag an error is about.
func flagError(flag string, err error) error {
	return &usageError{fmt.Sprintf("--%s: %s", flag, err)}
}

// flagMistake is what is wrong with a flag, in words of the command line.
func flagMistake(err error) string {
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Sprintf("--%s needs a value", e.GetFlag().Name)
	}
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err.Error()
	}
	takes := "another value"
	switch e.GetFlag().Value.Type() {
	case "bool":
		takes = "true or false"
	case "duration":
		takes = "a time such as 500ms or 2s"
	case "int":
		takes = "a whole number"
		if digits := strings.TrimLeft(e.GetValue(), "+-"); digits != "" && strings.Trim(digits, "0123456789") == "" {
			takes = "a smaller number"
		}
	}
	return fmt.Sprintf("--%s takes %s, not %q", e.GetFlag().Name, takes, e.GetValue())
}

// enumerate writes words as an enumeration.
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// texts are some names as strings.
func texts[T ~string](names []T) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = string(name)
	}
	return list
}
