package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"memtrail/capture/record"
	"memtrail/report"
)

// recordingOfDumps reads the curve of the recording that dumps belong to; nil
// where they belong to none. A curve that cannot be read is left out with a
// warning: the dumps tell what they tell without it.
func (a *app) recordingOfDumps(files []string) *report.Recording {
	last := files[len(files)-1]
	if _, process := processOf(last); process || last == "-" {
		return nil
	}
	dir, file := filepath.Dir(last), filepath.Base(last)
	if filepath.Base(dir) == record.Moments {
		dir, file = filepath.Dir(dir), filepath.Join(record.Moments, file)
	}
	curve := filepath.Join(dir, record.CurveFile)
	if info, err := os.Stat(curve); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	var s *record.Summary
	in, err := openSmall(curve, maxCurve, "curve of a recording")
	if err == nil {
		defer in.Close()
		s, err = record.ReadSummary(in)
	}
	if err != nil {
		a.warn("%s: %s; the page has no curve", oneLine(curve), oneLine(err.Error()))
		return nil
	}
	isLast := func(d record.Dump) bool { return d.File == filepath.ToSlash(file) }
	if !slices.ContainsFunc(s.Dumps, isLast) && !slices.ContainsFunc(s.Moments, isLast) {
		return nil // of other dumps
	}
	for _, all := range [][]record.Dump{s.Dumps, s.Moments} {
		for i := range all {
			if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(all[i].File))); err == nil {
				all[i].Bytes = info.Size()
			}
		}
	}
	s.Ended = cmp.Or(s.Ended, "the recording did not come to its end")
	r := recordingOf(&recorded{pid: s.PID}, s)
	return &r
}
