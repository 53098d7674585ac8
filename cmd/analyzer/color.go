package main

import (
	"os"

	"github.com/spf13/cobra"
)

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

var colorNames = []string{colorAuto, colorAlways, colorNever}

func (a *app) addColor(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&a.colors, "color", colorAuto, "color the output: auto (on a terminal), always or never; auto heeds NO_COLOR, FORCE_COLOR and CLICOLOR")
	f.BoolVar(&a.noColor, "no-color", false, "the same as --color never")
	_ = f.MarkHidden("no-color")
}

// color reports whether the answer gets colors.
func (a *app) color() bool {
	switch {
	case a.noColor || a.colors == colorNever:
		return false
	case a.colors == colorAlways:
		return true
	case a.stdout != a.console: // a file, see addOutput
		return false
	}
	return colorFromEnvironment(os.Getenv, isTerminal(a.stdout))
}

// colorFromEnvironment follows no-color.org, force-color.org and
// bixense.com/clicolors, in this order: whoever turns colors off may have no
// other choice. FORCE_COLOR=0 turns them off, as in Node.js.
func colorFromEnvironment(getenv func(string) string, terminal bool) bool {
	force := getenv("FORCE_COLOR")
	clicolorForce := getenv("CLICOLOR_FORCE")
	switch {
	case getenv("NO_COLOR") != "", force == "0", force == "false":
		return false
	case force != "", clicolorForce != "" && clicolorForce != "0":
		return true
	case getenv("CLICOLOR") == "0", getenv("TERM") == "dumb":
		return false
	}
	return terminal
}
