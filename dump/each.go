package dump

import (
	"bytes"
	"io"
	"runtime"
	"sync"
)

// Sink takes the items of one stretch of a dump, in order. The item is the
// reader's and holds only during the call.
type Sink interface {
	Item(*Item)
}

// Each reads a dump with as many cores as help. It cuts the dump into
// stretches of items, gives the items of each to a sink of its own, made by
// newSink, and then hands the sink to merge. Sinks are filled concurrently;
// newSink and merge are called from one goroutine each, merge in the order of
// the dump, so that what merge builds does not depend on the cores. An item
// that comes in pieces is never spread over two sinks. A sink that was made
// may be dropped without a merge.
//
// The error is one of opening or reading, a [*FormatError], or merge's own.
// A dump of which something is missing is no error: see Info.Complete, and
// DefectKind.Loses.
func Each[S Sink](in *Input, o Options, newSink func() S, merge func(S) error) (Info, error) {
	make := func() Sink { return newSink() }
	give := func(s Sink) error { return merge(s.(S)) }
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	var info Info
	var err error
	block := min(max(in.size/256, minBlock), maxBlock)
	if o.tuning.block > 0 {
		block = int64(o.tuning.block)
	}
	if in.source != nil {
		return eachSource(in, o, make, give)
	}
	if in.kind == plain && in.Again() && o.Workers > 1 && in.size > 2*block {
		in.read.Store(0)
		e := &eachFile{in: in, opt: o, newSink: make, merge: give, block: block}
		info, err = e.run()
	} else {
		info, err = eachStream(in, o, make, give)
	}
	if in.hole != nil && err == nil {
		info.Defects.add(ReadError, 1, in.size)
		info.Fault = in.hole
	}
	if why := in.changed(); why != nil && err == nil {
		info.Defects.add(Changed, 1, -1)
		info.Fault = why
	}
	if err == nil && info.Items > 0 && info.Defects.Count(MissingType) == info.Items {
		err = &FormatError{Found: "a JSON object whose \"items\" have no \"type\""}
	}
	return info, err
}

const (
	minBlock = 512 << 10
	maxBlock = 4 << 20
)

// eachFile reads a plain file in blocks, several at a time.
//
// A block's items are those that start in it. Where the first of them starts
// is a guess of findItem, which text inside a string can mislead. So each
// guess is checked: the reader of the block before goes on to the first item
// that starts behind its own block; only if that is the very place where the
// next block was begun, the next block counts. If not, it is read again from
// the right place. By induction, the items are those that a single scanner
// finds, in a damaged dump too: what a scanner makes of an item depends on
// nothing that stands before it.
type eachFile struct {
	in      *Input
	opt     Options
	newSink func() Sink
	merge   func(Sink) error
	block   int64
}

// stretch is what was read of one block.
type stretch struct {
	start int64 // where its first item starts; -1: it has none
	next  int64 // where the first item behind it starts; -1: there is none
	sink  Sink
	info  Info
	err   error
}

func (e *eachFile) run() (Info, error) {
	blocks := int((e.in.size + e.block - 1) / e.block)
	workers := min(e.opt.Workers, blocks)
	var (
		results = make([]chan stretch, blocks)
		ahead   = make(chan struct{}, 4*workers) // bounds the sinks that wait for their merge
		todo    = make(chan int)
		quit    = make(chan struct{})
		wg      sync.WaitGroup
		mu      sync.Mutex // newSink is called by one goroutine at a time
	)
	for i := range results {
		results[i] = make(chan stretch, 1)
	}
	newSink := func() Sink {
		mu.Lock()
		defer mu.Unlock()
		return e.newSink()
	}
	go func() {
		defer close(todo)
		for i := range blocks {
			select {
			case ahead <- struct{}{}:
			case <-quit:
				return
			}
			select {
			case todo <- i:
			case <-quit:
				return
			}
		}
	}()
	for range workers {
		wg.Go(func() {
			var r blockReader
			for i := range todo {
				start := int64(0)
				if i > 0 {
					start = r.findStart(e, int64(i)*e.block)
				}
				if start < 0 {
					<-ahead // nothing that would wait for a merge
				}
				results[i] <- r.read(e, i, start, newSink)
			}
		})
	}
	defer wg.Wait()
	defer close(quit)

	var r blockReader
	var total Info
	at := int64(0) // where the next stretch must start; -1: the dump is read
	for i := range blocks {
		if at < 0 {
			break
		}
		st := <-results[i]
		if st.sink != nil {
			<-ahead
		}
		if i > 0 && at >= min(int64(i+1)*e.block, e.in.size) {
			continue // an item of an earlier block goes on past this one
		}
		if st.start != at {
			st = r.read(e, i, at, newSink)
		}
		if i == 0 {
			total.Closed = true // until a stretch says otherwise
		}
		total.add(&st.info)
		if st.err != nil && total.Items == 0 {
			return total, st.err
		}
		if err := e.merge(st.sink); err != nil {
			return total, err
		}
		at = st.next
	}
	return total, nil
}

// add appends what was learnt from the next stretch.
func (t *Info) add(o *Info) {
	if o.Header != nil {
		t.Header = o.Header
	}
	t.Items += o.Items
	t.Roots += o.Roots
	t.Complete = o.Complete
	t.EndsAt = o.EndsAt
	if o.Fault != nil {
		t.Fault = o.Fault
	}
	t.Closed = t.Closed && o.Closed
	if o.Capture != nil {
		t.Capture = o.Capture
	}
	t.Defects.merge(&o.Defects)
}

// blockReader reads blocks, one after the other, with the same buffers.
type blockReader struct {
	sc *Scanner
}

// lineStart is how far before its id the line of a usual item starts.
const lineStart = int64(len("\n    \""))

// scanner gives a scanner that starts at an offset.
func (r *blockReader) scanner(e *eachFile, at int64) *Scanner {
	src := &counted{in: e.in, r: io.NewSectionReader(e.in.file, at, e.in.size-at)}
	if r.sc == nil {
		r.sc = newScanner(src, at, e.opt)
		return r.sc
	}
	w := r.sc.window
	w.src, w.base, w.pos, w.end, w.eof, w.err = src, at, 0, 0, false, nil
	r.sc.restart(w)
	return r.sc
}

// findStart guesses where the first item of the block at an offset starts; -1
// if no item starts in the block.
func (r *blockReader) findStart(e *eachFile, block int64) int64 {
	// An item may start at the block's first byte; what tells that it does
	// may stand before.
	s := r.scanner(e, block-1)
	s.fill()
	from := 1
	for {
		i := findItem(s.buf[s.pos:s.end], from)
		if i >= 0 {
			at := s.offset() + int64(i)
			if at >= block && at < block+e.block {
				return at
			}
			if at >= block+e.block {
				return -1
			}
			from = i + 1
			continue
		}
		if skip := s.rest() - reach; skip > 0 {
			s.pos += skip
			from = max(1, from-skip)
		}
		if s.offset() >= block+e.block || !s.fill() {
			return -1
		}
	}
}

// read reads the items of block i, of which the first starts at an offset.
func (r *blockReader) read(e *eachFile, i int, start int64, newSink func() Sink) stretch {
	st := stretch{start: start, next: -1}
	if start < 0 {
		return st
	}
	var s *Scanner
	if i == 0 {
		s = r.scanner(e, 0)
	} else {
		s = r.scanner(e, start-lineStart+1)
		s.resume()
		s.fill()
		// Blanks, or what else stands before the id, are not ours.
		if !bytes.HasPrefix(s.buf[:s.end], []byte("\n    ")) {
			s.pos = min(int(lineStart)-1, s.end)
		}
	}
	if i+1 < int((e.in.size+e.block-1)/e.block) {
		s.stop = int64(i+1) * e.block
	}
	st.sink = newSink()
	for s.Scan() {
		st.sink.Item(s.Item())
	}
	st.info, st.err = s.Info(), s.Err()
	if s.nextAt > 0 {
		st.next = s.nextAt
	}
	return st
}
