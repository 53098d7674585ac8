package main

import (
	"cmp"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages into a directory",
		Long: `Write a man page for each command into a directory, which is made if it is not there:
analyzer.1, analyzer-leaks.1 and so on. man reads one of them by its path:
man ./DIR/analyzer-leaks.1`,
		Example:           `  analyzer man ~/.local/share/man/man1`,
		Args:              exactArgs("DIR"),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return writeError(args[0], err)
			}
			return writeError(args[0], writeManPages(cmd.Root(), args[0]))
		},
	}
}

// writeManPages writes the pages. Their date is that of the commit, so that one
// commit makes one set of pages; cobra takes SOURCE_DATE_EPOCH where a build
// does not know its commit.
func writeManPages(root *cobra.Command, dir string) error {
	asMarkdown(root)
	header := &doc.GenManHeader{Section: "1", Source: "analyzer " + readBuildInfo().version, Manual: "analyzer"}
	if at := readBuildInfo().time; !at.IsZero() {
		header.Date = &at
	}
	return doc.GenManTree(root, header, dir)
}

// asMarkdown rewrites the texts of commands for cobra, which takes them for
// Markdown: a pattern *.json would become emphasis, and columns would be filled.
func asMarkdown(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	cmd.Long = markdownOf(cmp.Or(cmd.Long, cmd.Short+"."))
	for _, sub := range cmd.Commands() {
		asMarkdown(sub)
	}
}

var (
	markdownCharacters = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~]")
	column             = regexp.MustCompile(`\S {2,}\S`)
)

// markdownOf is a text whose paragraphs stay paragraphs and whose tables stay as
// they are.
func markdownOf(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if column.MatchString(p) {
			paragraphs[i] = "    " + strings.ReplaceAll(p, "\n", "\n    ")
		} else {
			paragraphs[i] = markdownCharacters.ReplaceAllString(p, `\$0`)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}
