package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"memtrail/zend"
)

// completeDumps completes dumps, up to most of them; 0 for any number. A dump is
// any file, as cores have no extension, or a process.
func completeDumps(most int) cobra.CompletionFunc {
	processes := completePIDs(processPrefix)
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch {
		case most > 0 && len(args) >= most:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case strings.HasPrefix(typed, "pid"):
			return processes(cmd, args, typed)
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// completeAfter completes dumps behind some arguments that only the user knows.
func completeAfter(free, most int) cobra.CompletionFunc {
	dumps := completeDumps(most)
	return func(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) < free {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return dumps(cmd, args, word)
	}
}

// wordsOf is the annotation of a flag that takes one of some words.
const wordsOf = "analyzer_words"

// completeWords completes a flag that takes one of some words.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	// The error is for a flag that is not there: TestCompletion finds it.
	_ = cmd.Flags().SetAnnotation(flag, wordsOf, words)
}

// Flags whose values are the same wherever they occur.
var (
	flagWords = map[string][]string{
		"color": colorNames,
		"sizes": sizeBases,
		"allow": {"phpunit", "none"},
	}
	// fileFlags take the name of a file, with these extensions; none for any.
	fileFlags = map[string][]string{
		"output": nil, "profile": nil, "png": {"png"}, "maps": nil, "suppressions": nil, "sysroot": nil, "config": {"yml", "yaml"},
		"baseline": {"json"}, "write-baseline": {"json"},
	}
)

// flagFuncs are completions of a command's own.
var flagFuncs = map[string]cobra.CompletionFunc{"gate --output": completeOutput, "query --filter": completeFilter}

// completes reports whether a shell asks for completions.
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// phpNames are the values of --php.
func phpNames() []string {
	var names []string
	for _, v := range []zend.Version{zend.Auto, zend.PHP74, zend.PHP80, zend.PHP81, zend.PHP82, zend.PHP83, zend.PHP84} {
		names = append(names, v.String())
	}
	return names
}

// completeFlags gives each flag of a command and of those below it a completion:
// its words, files, or nothing, where the shell would offer any file. cobra keeps
// completions, and with them all that belongs to the command, until the process
// ends: only a run that completes may have them.
func completeFlags(cmd *cobra.Command) {
	complete := func(f *pflag.Flag) {
		if f.Value.Type() == "bool" {
			return
		}
		// The error is for a flag that has a completion already: one of the root's.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, completionOf(cmd, f))
	}
	cmd.LocalFlags().VisitAll(complete)
	for _, sub := range cmd.Commands() {
		completeFlags(sub)
	}
}

func completionOf(cmd *cobra.Command, f *pflag.Flag) cobra.CompletionFunc {
	flag := f.Name
	if own, ok := flagFuncs[cmd.Name()+" --"+flag]; ok {
		return own
	}
	if words, ok := f.Annotations[wordsOf]; ok {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	if flag == "php" {
		return cobra.FixedCompletions(phpNames(), cobra.ShellCompDirectiveNoFileComp)
	}
	if words, ok := flagWords[flag]; ok {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	switch extensions, ok := fileFlags[flag]; {
	case !ok:
		return cobra.NoFileCompletions
	case extensions == nil:
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	default:
		return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
	}
}

// filterAttributes are those that every dump has, with the operator that is
// meant most often.
var filterAttributes = []string{"id=", "type=", "size>", "class=", "object_handle=", "is_root=", "frame=", "symbol_name=",
	"children=", "children_count>", "allocated>", "retained>"}

// completeFilter completes the attribute of a filter; its value is the user's.
func completeFilter(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, attribute := range filterAttributes {
		if strings.HasPrefix(attribute, word) {
			found = append(found, attribute)
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeOutput completes the kind of gate's output; behind the = the shell's
// own completion of files does not reach.
func completeOutput(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, kind := range gateOutputNames() {
		if strings.HasPrefix(kind, word) {
			found = append(found, kind)
		}
	}
	if len(found) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
