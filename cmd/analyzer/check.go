package main

import (
	"memtrail/analysis/check"
	"memtrail/report"
	"memtrail/zend"
	"regexp"

	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	var php string
	cmd := &cobra.Command{
		Use:   "check DUMP",
		Short: "Tell whether a dump is sound, and how much of the memory it explains",
		Long: `Tell whether a dump is sound: who wrote it, where it ends, what is odd in it and what that
does to the results. Then draw the balance: memory_usage, minus what PHP spent for the
items, minus an empty script, and what the rest may be.

Exit code 3 says that the dump ends early or that parts of it could not be read. A dump of which
all could be read is not sound if PHP used addresses again while it wrote it, which cost contents,
or if its items come to more than the memory there was.`,
		Example: `  analyzer check dump.json
  analyzer check dump.json --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.options()
			if err != nil {
				return err
			}
			version, err := zend.ParseVersion(php)
			if err != nil {
				return &usageError{err.Error()}
			}
			g, info, err := a.graph(args[0])
			if err != nil {
				return err
			}
			result := check.Dump(g, &info, version)
			// What other commands warn of is the answer here.
			a.incomplete = !result.Verdict.Readable()
			if harmless.MatchString(args[0]) {
				result.Name = args[0]
			}
			return report.Check(a.stdout, result, p)
		},
	}
	cmd.Flags().StringVar(&php, "php", "auto", "the PHP that wrote the dump: 7.4 to 8.4, or auto to infer it")
	return cmd
}

// harmless is a path that can be pasted into a shell as it stands.
var harmless = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./:@%+=-]*$`)
