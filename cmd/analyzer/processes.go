package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"memtrail/capture"
	"memtrail/report"
)

// listProcesses lists the processes that run PHP.
func (a *app) listProcesses(o report.Options) error {
	all, err := capture.Processes()
	if err != nil {
		return &inputError{"processes", err}
	}
	list := make([]report.PHPProcess, len(all))
	for i, p := range all {
		list[i] = report.PHPProcess{PID: p.PID, Command: p.Command}
	}
	return report.Processes(a.stdout, list, o)
}

// completePIDs completes to the processes that run PHP, with their command
// lines, besides files.
func completePIDs(prefix string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		if prefix != "" && !strings.HasPrefix(prefix, typed) && !strings.HasPrefix(typed, prefix) {
			return nil, cobra.ShellCompDirectiveDefault
		}
		all, err := capture.Processes()
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var list []string
		for _, p := range all {
			list = append(list, fmt.Sprintf("%s%d\t%s", prefix, p.PID, oneLine(p.Command)))
		}
		return list, cobra.ShellCompDirectiveDefault
	}
}
