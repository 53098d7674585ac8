package capture_test

import (
	"testing"

	"memtrail/capture"
	"memtrail/dump"
)

// A stream's read buffer is not initialized: what its block held before is no
// reference of the stream.
func TestReadBufferHoldsNothing(t *testing.T) {
	for _, p := range builds(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			prog := start(t, p.path, "-n", "testdata/stream.php")
			prog.Line(t)
			prog.waiting(t)
			streams := 0
			info, err := prog.capture(t, capture.Options{}).Items(true, func(it *dump.Item) {
				if string(it.Type) != "resource" {
					return
				}
				streams++
				if len(it.Children) > 0 {
					t.Errorf("the stream %s holds %d values", it.Symbol, len(it.Children))
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if streams == 0 {
				t.Error("there are no streams")
			}
			checkBalance(t, &info)
		})
	}
}
