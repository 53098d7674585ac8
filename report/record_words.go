package report

// RecordingText is what [Recordings] says of a process, in words.
type RecordingText struct {
	Title  string
	Levels string
	Notes  []string // on what PHP keeps free, and on what rises outside its allocator
	Left   string   // which dumps there are not; "" for none
	Dumps  Block    // a table; of no titles where there are none
}

// RecordingWords words a recording.
func RecordingWords(r *Recording) RecordingText {
	bounded := *r
	bounded.PHP, bounded.Ended = shorten(r.PHP, longName), shorten(r.Ended, longName)
	bounded.Dumps, bounded.Moments = boundedDumps(r.Dumps), boundedDumps(r.Moments)
	r = &bounded
	t := RecordingText{Title: printable(r.title()), Levels: printable(r.levels()), Left: printable(r.left())}
	for _, text := range []string{keptText(r.Kept), outsideText(r.Outside)} {
		if text != "" {
			t.Notes = append(t.Notes, text)
		}
	}
	if all := r.dumps(); len(all) > 0 {
		var table recorder
		table.table(recordedTable(all))
		t.Dumps = table.blocks[0]
	}
	return t
}

// boundedDumps are dumps whose words are no longer than a page has room for: a
// curve may claim anything.
func boundedDumps(all []RecordedDump) []RecordedDump {
	return sliceOf(all, func(d *RecordedDump) RecordedDump {
		c := *d
		c.File, c.Reason = shorten(d.File, longName), shorten(d.Reason, longName)
		return c
	})
}
