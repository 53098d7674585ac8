package main

import (
	"fmt"
	"os"
	"runtime"

	"early.internal/executable"
	"github.com/spf13/cobra"

	"memtrail/capture"
	"memtrail/capture/host"
	"memtrail/capture/memory"
	"memtrail/internal/json"
	"memtrail/report"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Tell what this machine allows, in lines to paste into an issue",
		Long: `Tell what this machine allows: whose memory may be read, how much memory there
is, whether code may be made, and which processes run PHP, in a dozen lines to
paste into an issue. Command lines of processes are in it: look whether they
hold secrets.`,
		Example: `  analyzer doctor
  sudo analyzer doctor --format markdown`,
		Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			page, err := a.options()
			if err != nil {
				return err
			}
			d, err := a.diagnose()
			if err != nil {
				return err
			}
			return report.Doctor(a.stdout, d, page)
		},
	}
}

func (a *app) diagnose() (*report.Diagnosis, error) {
	all, err := capture.Processes()
	if err != nil {
		return nil, &inputError{"processes", err}
	}
	d := &report.Diagnosis{
		Program: "analyzer " + readBuildInfo().String(),
		Host:    host.Read(os.DirFS("/")),
		Linux:   runtime.GOOS == "linux",
		NoTrace: runtime.GOOS == "linux" && !memory.MayTrace(),
		MayCode: executable.Allowed(),
		Codes:   json.NeedsExecutable,
	}
	for _, p := range all {
		d.PHP = append(d.PHP, report.PHPFound{
			PHPProcess: report.PHPProcess{PID: p.PID, Command: p.Command}, OPcache: p.OPcache, Err: p.MayRead(),
		})
	}
	if isTerminal(a.stdout) {
		encoding := "not UTF-8"
		if isUTF8(os.Getenv) {
			encoding = "UTF-8"
		}
		d.Terminal = fmt.Sprintf("%d columns, %s, TERM=%s", width(a.stdout), encoding, os.Getenv("TERM"))
	}
	return d, nil
}
