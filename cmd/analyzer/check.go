package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/check"
	"memtrail/report"
)

func (a *app) checkCommand() *cobra.Command {
	var php, suppressions string
	cmd := &cobra.Command{
		Use:   "check DUMP",
		Short: "Tell whether a dump is sound, and how much memory it explains",
		Long: `Tell whether a dump is sound: who wrote it, where it ends, what is odd in it and
what that does to the results. Then draw the balance: memory_usage, minus what
PHP spent for the items, minus an empty script, and what the rest may be.

Exit code 3 says that the dump ends early, or that parts of it could not be
read. A dump that could be read in full is still not sound if PHP used addresses
again while it wrote it, which costs contents, or if its items come to more than
the memory there was.`,
		Example: `  analyzer check dump.json
  analyzer check dump.json --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.check(args[0], php, suppressions)
		},
	}
	addPHP(cmd, &php)
	addSuppressions(cmd, &suppressions)
	return cmd
}

func addSuppressions(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "suppressions", "", "`FILE` of rules for what nothing holds and is known: size=8192 shape=zeros")
}

func (a *app) check(name, php, suppressions string) error {
	page, err := a.options()
	if err != nil {
		return err
	}
	version, err := parsePHP(php)
	if err != nil {
		return err
	}
	rules, err := a.suppressions(suppressions)
	if err != nil {
		return err
	}
	g, info, err := a.graph(name, check.Need)
	if err != nil {
		return err
	}
	result := check.Dump(g, &info, version, rules)
	// What other commands warn of is the answer here.
	a.incomplete = !result.Verdict.Readable()
	if pasteable.MatchString(name) {
		result.Name = name
	}
	return report.Check(a.stdout, result, page)
}

// suppressions reads a file of rules; none is no rules.
func (a *app) suppressions(name string) (*check.Suppressions, error) {
	if name == "" {
		return nil, nil
	}
	if err := a.reads(name); err != nil {
		return nil, err
	}
	text, err := readSmall(name, maxSuppressions, "file of rules")
	if err != nil {
		return nil, err
	}
	rules, err := check.ParseSuppressions(bytes.NewReader(text))
	if err != nil {
		return nil, &usageError{fmt.Sprintf("%s: %v", name, err)}
	}
	return rules, nil
}
