package main

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"memtrail/dump"
	"memtrail/report"
)

// patience is how long an answer may take without a sign of life.
const patience = 500 * time.Millisecond

// showProgress shows on a terminal how much of an input has been read, if
// that takes long. The function it returns ends and removes the bar.
func (a *app) showProgress(in *dump.Input) (stop func()) {
	if a.quiet || !isTerminal(a.stderr) {
		return func() {}
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-quit:
			return
		case <-time.After(patience):
		}
		drawProgress(a.stderr, in, quit)
	}()
	return func() {
		close(quit)
		<-gone
	}
}

func drawProgress(w io.Writer, in *dump.Input, quit <-chan struct{}) {
	p := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(100*time.Millisecond))
	begin := time.Now().Add(-patience)
	rate := decor.Any(func(s decor.Statistics) string {
		perSecond := float64(s.Current) / time.Since(begin).Seconds()
		return "  " + report.Size(uint64(perSecond)) + "/s"
	})
	read := decor.Any(func(s decor.Statistics) string {
		text := report.Size(uint64(s.Current))
		if in.Size() > 0 {
			text += " / " + report.Size(uint64(s.Total))
		}
		return text
	})
	var bar *mpb.Bar
	if in.Size() > 0 {
		bar = p.AddBar(in.Size(), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name("reading "), read),
			mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), rate, decor.Name("  ETA "), decor.Any(func(s decor.Statistics) string {
				if s.Current == 0 {
					return "?"
				}
				left := time.Duration(float64(time.Since(begin)) * float64(s.Total-s.Current) / float64(s.Current))
				return left.Round(time.Second).String()
			})))
	} else {
		bar = p.AddSpinner(0, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name("reading "), read), mpb.AppendDecorators(rate))
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			bar.Abort(true)
			p.Wait()
			return
		case <-tick.C:
			done := in.BytesRead()
			if in.Size() > 0 {
				done = min(done, in.Size()-1) // the bar stays until the answer is there
			}
			bar.SetCurrent(done)
		}
	}
}
