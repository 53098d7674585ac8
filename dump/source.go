package dump

import "strconv"

// Source gives the items of a dump that was never text: those of a process's
// memory.
type Source interface {
	// Items gives every item, one after the other, and what is known of them
	// as a whole. With addresses, ids are numbers: see Options.Addresses. It
	// is called once.
	Items(addresses bool, give func(*Item)) (Info, error)
	// TextSize is about how many bytes the dump would have as text.
	TextSize() int64
	Close() error
}

// FromSource makes an input of a source, which the input closes.
func FromSource(name string, s Source) *Input {
	return &Input{Name: name, size: -1, source: s}
}

// eachSource reads a source: its goroutine fills sinks, the caller's merges.
func eachSource(in *Input, o Options, newSink func() Sink, merge func(Sink) error) (Info, error) {
	type result struct {
		info Info
		err  error
	}
	full := make(chan Sink, 1)
	quit := make(chan struct{})
	end := make(chan result, 1)
	go func() {
		defer close(full)
		sink := newSink()
		from := int64(0)
		swap := int64(maxBlock)
		if o.tuning.block > 0 {
			swap = int64(o.tuning.block)
		}
		stopped := false
		info, err := in.source.Items(o.Addresses, func(it *Item) {
			if stopped {
				return
			}
			sink.Item(it)
			in.read.Store(it.Offset)
			if it.Offset-from > swap {
				select {
				case full <- sink:
				case <-quit:
					stopped = true
				}
				sink, from = newSink(), it.Offset
			}
		})
		if err == nil && !stopped {
			select {
			case full <- sink:
			case <-quit:
			}
		}
		end <- result{info, err}
	}()
	for sink := range full {
		if err := merge(sink); err != nil {
			close(quit)
			for range full { // so that the source's goroutine ends
			}
			return Info{}, err
		}
	}
	r := <-end
	return r.info, r.err
}

// SpellIDs writes the ids of an item that has them as numbers, for those who
// take text. The texts are views of buf, which it returns grown.
func SpellIDs(it *Item, buf []byte) []byte {
	buf = buf[:0]
	spell := func(a Address) int {
		buf = append(buf, "0x"...)
		buf = strconv.AppendUint(buf, uint64(a), 16)
		return len(buf)
	}
	const longest = 18
	if need := longest * (len(it.Addresses) + 1); cap(buf) < need {
		buf = make([]byte, 0, 2*need) // so that no view is left behind
	}
	end := spell(it.Address)
	it.ID = buf[:end:end]
	for i, a := range it.Addresses {
		from := len(buf)
		end := spell(a)
		it.Children[i].ID = buf[from:end:end]
	}
	it.Addresses = nil
	return buf
}
