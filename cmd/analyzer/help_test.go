package main

import (
	"io"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/spf13/cobra"
)

// TestHelp: the help of each command fits 80 columns but for its examples, which
// stay in one piece, and says what each flag is for.
func TestHelp(t *testing.T) {
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, console: io.Discard, stderr: io.Discard}
	root := a.rootCommand()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() != "completion" && !(cmd.HasParent() && cmd.Parent().Name() == "completion") {
			checkHelp(t, cmd)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func checkHelp(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	text := cmd.Long + "\n\n" + cmd.UsageString()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if w := twwidth.Width(line); w > 80 && !strings.HasPrefix(line, "  analyzer ") {
			t.Errorf("%s: %d columns: %s", cmd.CommandPath(), w, line)
		}
	}
	// Each example begins with a command that is there.
	for line := range strings.Lines(cmd.Example) {
		_, args, ok := strings.Cut(strings.TrimSpace(line), "analyzer ")
		if !ok {
			t.Errorf("%s: an example without the program: %s", cmd.CommandPath(), line)
			continue
		}
		found, _, err := cmd.Root().Find(strings.Fields(args))
		if err != nil || cmd.HasParent() && !strings.HasPrefix(found.CommandPath(), cmd.CommandPath()) && cmd.Name() != "capture" {
			t.Errorf("%s: an example of %s: %s", cmd.CommandPath(), found.CommandPath(), line)
		}
	}
}
