package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"memtrail/internal/atomicfile"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages into a directory",
		Long: `Write a man page for each command into a directory, which is made if it is not
there: analyzer.1, analyzer-leaks.1 and so on. man reads one of them by its
path: man ./DIR/analyzer-leaks.1`,
		Example:           `  analyzer man ~/.local/share/man/man1`,
		Args:              exactArgs("DIR"),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &atomicfile.Error{Path: args[0], Err: reason(err)}
			}
			return writeManPages(cmd.Root(), args[0])
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
	return writeManPage(root, header, dir)
}

// writeManPage writes the page of a command, and of all below it.
func writeManPage(cmd *cobra.Command, header *doc.GenManHeader, dir string) error {
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err := writeManPage(sub, header, dir); err != nil {
			return err
		}
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	head := *header // which cobra fills in for each page
	return atomicfile.Write(filepath.Join(dir, name+"."+header.Section), atomicfile.Shared, func(w io.Writer) error {
		return doc.GenMan(cmd, &head, w)
	})
}

// reason is what the system says of a file, without its name.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
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
