package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// helpWidth is how many columns help takes: pflag fills lines, but cobra does not
// ask it to.
const helpWidth = 80

// writeUsage writes how a command is used, as cobra does, but within [helpWidth].
// Cobra's templates would do it, too, and its version template what --version does.
// But templates call methods by names that the linker does not know, so that it keeps
// all exported methods of all packages: a sixth of the binary.
func writeUsage(out io.Writer, cmd *cobra.Command) error {
	local, inherited := cmd.LocalFlags(), cmd.InheritedFlags() // these come first: UseLine depends on them
	var b strings.Builder
	b.WriteString("Usage:")
	if cmd.Runnable() {
		b.WriteString("\n  " + cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n  %s [command]", cmd.CommandPath())
	}
	if len(cmd.Aliases) > 0 {
		b.WriteString("\n\nAliases:\n  " + cmd.NameAndAliases())
	}
	if cmd.HasExample() {
		b.WriteString("\n\nExamples:\n" + cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		writeCommands(&b, cmd)
	}
	if cmd.HasAvailableLocalFlags() {
		b.WriteString("\n\nFlags:\n" + trimRight(local.FlagUsagesWrapped(helpWidth)))
	}
	if cmd.HasAvailableInheritedFlags() {
		b.WriteString("\n\nGlobal Flags:\n" + trimRight(inherited.FlagUsagesWrapped(helpWidth)))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\nUse \"%s [command] --help\" for more information about a command.", cmd.CommandPath())
	}
	b.WriteString("\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// writeCommands lists the commands below one, by groups if it has any.
func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	list := func(title, group string) {
		b.WriteString("\n\n" + title)
		for _, c := range cmd.Commands() {
			if c.GroupID == group && (c.IsAvailableCommand() || c.Name() == "help") {
				fmt.Fprintf(b, "\n  %-*s %s", c.NamePadding(), c.Name(), c.Short)
			}
		}
	}
	if len(cmd.Groups()) == 0 {
		list("Available Commands:", "")
		return
	}
	for _, g := range cmd.Groups() {
		list(g.Title, g.ID)
	}
	if !cmd.AllChildCommandsHaveGroup() {
		list("Additional Commands:", "")
	}
}

func trimRight(text string) string { return strings.TrimRightFunc(text, unicode.IsSpace) }
