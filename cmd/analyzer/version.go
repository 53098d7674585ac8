package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// version is set by the linker, -X main.version=1.2.3, where a build does not
// know its repository: a package's source without .git, say. Else Go notes the
// version of the checkout: its tag, or a pseudo-version with time and commit.
var version string

// unknownVersion is for a build that neither knows.
const unknownVersion = "0.0.0-unknown"

// A buildInfo is what a build knows of itself.
type buildInfo struct {
	version  string    // without the v of tags
	revision string    // commit, in full; "" if not known
	time     time.Time // of the commit; zero if not known
	modified bool      // the checkout had changes
	modules  []*debug.Module
}

func readBuildInfo() buildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return newBuildInfo(info, version)
}

// newBuildInfo takes what the linker was told before what Go noted.
func newBuildInfo(info *debug.BuildInfo, linked string) buildInfo {
	b := buildInfo{modules: info.Deps}
	noted := info.Main.Version
	if noted == "(devel)" {
		noted = ""
	}
	b.version = strings.TrimPrefix(cmp.Or(linked, noted, unknownVersion), "v")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.time, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			b.modified = s.Value == "true"
		}
	}
	return b
}

// String is one line: version, commit unless the version has it, Go, platform.
func (b buildInfo) String() string {
	const short = 12 // as in Go's pseudo-versions
	text := b.version
	if len(b.revision) >= short && !strings.Contains(text, b.revision[:short]) {
		text += " (" + b.revision[:short]
		if b.modified {
			text += ", modified"
		}
		text += ")"
	}
	return fmt.Sprintf("%s %s %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// writeModules lists the modules in the binary, one a line.
func (b buildInfo) writeModules(w io.Writer) error {
	for _, m := range b.modules {
		if m.Replace != nil {
			m = m.Replace
		}
		if _, err := fmt.Fprintf(w, "%s %s\n", m.Path, m.Version); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version; with -v the modules in the binary, too",
		Args:  exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			b := readBuildInfo()
			if _, err := fmt.Fprintf(a.stdout, "analyzer %s\n", b); err != nil {
				return err
			}
			if a.verbose {
				return b.writeModules(a.stdout)
			}
			return nil
		},
	}
}
