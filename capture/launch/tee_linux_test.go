package launch

import (
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"memtrail/internal/cases"
)

// After catchUp all that was written before was looked at, also where everybody
// else is busy and the reader gets its turn late.
func TestCatchUp(t *testing.T) {
	var seen atomic.Int64
	tee, err := newTee(io.Discard, func([]byte) { seen.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	go tee.run()
	var end atomic.Bool
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for !end.Load() {
			}
		}()
	}
	rounds := int64(cases.Number(8, 50))
	for n := int64(1); n <= rounds; n++ {
		time.Sleep(2 * time.Millisecond) // the reader waits, and has given up its turn
		if _, err := tee.child.WriteString("line\n"); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		tee.catchUp()
		if looked, took := seen.Load() == n, time.Since(begin); !looked && took < 100*time.Millisecond {
			t.Errorf("line %d was not looked at after %v", n, took)
		}
		for seen.Load() != n {
			time.Sleep(time.Millisecond)
		}
	}
	end.Store(true)
	tee.child.Close()
	<-tee.done
}
