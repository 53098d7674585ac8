package report

import "memtrail/internal/livetest"

// clean tells whether a terminal shows text as it is, line by line.
func clean(text []byte) bool { return len(livetest.Terminal(string(text))) == 0 }
