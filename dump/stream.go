package dump

import (
	"bytes"
	"errors"
	"io"
	"math"
	"sync"
)

// eachStreamed reads a stream: one goroutine unpacks it, one cuts it into
// sections before lines on which an item seems to start, workers scan these,
// and the caller's goroutine merges.
//
// A cut is a guess, as the blocks of eachFile are: text inside a string can
// mislead. So a section counts only if its scan comes to the very item that
// the next begins with, and the list of items is open there. If not, it and
// all that has been cut off behind it are scanned in sequence, with the rest
// of the stream. By induction, the items are those that a single scanner
// finds.
//
// What cannot be cut is scanned in sequence, too: the head of the dump, its
// end, an item longer than a section, items that are not on lines. Nobody
// keeps that text, so it is read only when all before it counts.
type eachStreamed struct {
	opt   Options
	merge func(Sink) error
	src   pushback
	size  int   // of a section's text
	swap  int64 // of the text in a sink

	mu     sync.Mutex // newSink is called by one goroutine at a time
	create func() Sink

	queue chan *section // all, in the order of the dump
	todo  chan *section // those for workers
	free  chan []byte   // buffers of sections
	quit  chan struct{} // closed when nothing further is wanted
	total Info
}

// section is a stretch of the text, from an offset on.
type section struct {
	start int64
	done  chan stretch // has room for the one that is sent

	// For a worker: text[:cut] is the section, the start of the next follows,
	// and the pad. next is the offset of the item that should start there.
	text []byte
	cut  int
	next int64

	// In sequence: turn is closed when all before counts, sinks when the last
	// of them has been sent.
	turn  chan struct{}
	sinks chan Sink
}

const (
	maxSection = 2 << 20
	// lookahead is the text behind a cut that tells an item.
	lookahead = 64
)

// eachStream reads an input from front to end.
func eachStream(in *Input, o Options, newSink func() Sink, merge func(Sink) error) (Info, error) {
	src, closeSrc, err := in.stream()
	if err != nil {
		return Info{}, err
	}
	defer closeSrc()
	e := &eachStreamed{opt: o, merge: merge, create: newSink, size: maxSection, swap: maxBlock, quit: make(chan struct{})}
	if block := o.tuning.block; block > 0 {
		e.size, e.swap = block+lookahead, int64(block)
	} else if in.size >= 0 && in.size <= windowSize {
		return eachSmall(src, o, newSink, merge)
	}
	pre := newPrefetch(src)
	defer pre.stop()
	e.src.src = pre
	return e.run()
}

// eachSmall reads an input that is not worth a goroutine. If it is compressed, its text
// may be long all the same.
func eachSmall(src io.Reader, o Options, newSink func() Sink, merge func(Sink) error) (Info, error) {
	s := NewScanner(src, o)
	sink, from := newSink(), int64(0)
	for s.Scan() {
		it := s.Item()
		sink.Item(it)
		if !it.More && it.Offset-from > maxBlock {
			if err := merge(sink); err != nil {
				return s.Info(), err
			}
			sink, from = newSink(), it.Offset
		}
	}
	if s.Err() != nil {
		return s.Info(), s.Err()
	}
	return s.Info(), merge(sink)
}

func (e *eachStreamed) run() (Info, error) {
	workers := e.opt.Workers
	held := workers + 1 // one is cut
	e.queue, e.todo, e.free = make(chan *section, held), make(chan *section, held), make(chan []byte, held)
	for range held {
		e.free <- nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer close(e.queue)
		defer close(e.todo)
		e.cut(workers > 1)
	})
	for range workers {
		wg.Go(func() {
			var s *Scanner
			for p := range e.todo {
				s = e.work(p, s)
			}
		})
	}
	bad, err := e.join()
	close(e.quit)
	if bad != nil {
		err = e.rescan(bad)
	}
	for range e.queue { // so that the cutting goroutine ends
	}
	return e.total, err
}

// join merges the sections in order, up to one that does not count.
func (e *eachStreamed) join() (bad *section, err error) {
	e.total.Closed = true // until a section says otherwise
	for p := range e.queue {
		if p.turn != nil {
			close(p.turn)
			for sink := range p.sinks {
				if err := e.merge(sink); err != nil {
					return nil, err
				}
			}
		}
		st := <-p.done
		if p.text != nil {
			if st.next != p.next {
				return p, nil
			}
			e.free <- p.text
			if err := e.merge(st.sink); err != nil {
				return nil, err
			}
		}
		e.total.add(&st.info)
		if st.err != nil && e.total.Items == 0 {
			return nil, st.err
		}
	}
	return nil, nil
}

// rescan scans a section that does not count in sequence, and all that follows.
func (e *eachStreamed) rescan(p *section) error {
	var texts [][]byte
	for q := p; q != nil; q = <-e.queue {
		texts = append(texts, q.text[:q.cut])
	}
	// The cutting goroutine has ended: src is ours.
	e.src.unread(bytes.Join(texts, nil))
	s := newScanner(&e.src, p.start, e.opt)
	s.resume()
	err := e.fill(s, e.merge)
	info := s.Info()
	e.total.add(&info)
	if err == nil && e.total.Items == 0 {
		err = s.Err()
	}
	return err
}

func (e *eachStreamed) newSink() Sink {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.create()
}

// cut cuts the stream. It ends with the stream, or when nothing further is
// wanted; what it has read beyond the last section it has given away is then in
// src.
func (e *eachStreamed) cut(parallel bool) {
	const most = math.MaxInt64 / 4
	length := int64(e.size)
	if !parallel {
		length = most
	}
	for at := int64(0); ; {
		from, ok := e.sequence(at, length)
		if !ok {
			return
		}
		if at, ok = e.sections(from); !ok {
			return
		}
		// Where nothing could be cut, what follows will not be different.
		if at == from {
			length = min(2*length, most)
		} else {
			length = int64(e.size)
		}
	}
}

// sequence has a stretch scanned in sequence that is at least so long and ends
// between two items. It gives the offset of what follows; ok is false at the
// end.
func (e *eachStreamed) sequence(at, length int64) (next int64, ok bool) {
	p := &section{start: at, done: make(chan stretch, 1), turn: make(chan struct{}), sinks: make(chan Sink, 1)}
	select {
	case e.queue <- p:
	case <-e.quit:
		return 0, false
	}
	select {
	case <-p.turn:
	case <-e.quit:
		return 0, false
	}
	s := newScanner(&e.src, at, e.opt)
	if at > 0 {
		s.resume()
	}
	s.stop = at + length
	give := func(sink Sink) error {
		select {
		case p.sinks <- sink:
			return nil
		case <-e.quit:
			return errUnwanted
		}
	}
	err := e.fill(s, give)
	if err == nil && s.nextAt > 0 && s.closed {
		// Items behind the end of their list: only this scanner knows of it.
		s.stop, s.nextAt, s.state = math.MaxInt64, 0, amongItems
		err = e.fill(s, give)
	}
	close(p.sinks)
	p.done <- stretch{info: s.Info(), err: s.Err()}
	if err != nil || s.nextAt == 0 {
		return 0, false
	}
	e.src.unread(s.buf[s.pos:s.end])
	return s.offset(), true
}

var errUnwanted = errors.New("nothing further is wanted")

// fill scans, and gives the sinks away. It gives the first error of that.
func (e *eachStreamed) fill(s *Scanner, give func(Sink) error) error {
	sink := e.newSink()
	from := s.offset()
	for s.Scan() {
		it := s.Item()
		sink.Item(it)
		if !it.More && it.Offset-from > e.swap {
			if err := give(sink); err != nil {
				return err
			}
			sink, from = e.newSink(), it.Offset
		}
	}
	if s.Err() != nil {
		return nil
	}
	return give(sink)
}

// sections cuts sections off as long as that works. It gives the offset of what
// follows.
func (e *eachStreamed) sections(at int64) (next int64, ok bool) {
	for {
		var buf []byte
		select {
		case buf = <-e.free:
		case <-e.quit:
			return 0, false
		}
		if buf == nil {
			buf = make([]byte, e.size+windowPad)
		}
		n, err := io.ReadFull(&e.src, buf[:e.size])
		cut, item := lastItem(buf[:n])
		if err != nil || cut < 0 {
			e.src.unread(buf[:n])
			e.free <- buf
			return at, true
		}
		e.src.unread(buf[cut:n])
		p := &section{start: at, done: make(chan stretch, 1), text: buf, cut: cut, next: at + int64(item)}
		select {
		case e.queue <- p:
		case <-e.quit:
			e.src.unread(buf[:cut])
			return 0, false
		}
		e.todo <- p // has as much room as there are buffers
		at += int64(cut)
	}
}

// lastItem finds the last line that looks like the start of an item and has
// something before it. It gives the position of the line feed before it and of
// its id's opening quote, or -1.
func lastItem(b []byte) (cut, item int) {
	if len(b) <= lookahead {
		return -1, -1
	}
	for end := len(b) - lookahead; ; end = cut {
		cut = bytes.LastIndexByte(b[:end], '\n')
		if cut <= 0 {
			return -1, -1
		}
		item = cut + 1
		for item < cut+int(lineStart) && b[item] == ' ' {
			item++
		}
		if string(b[item:item+3]) == "\"0x" && bytes.IndexByte(b[item:item+lookahead-8], '{') > 0 {
			return cut, item
		}
	}
}

// work scans a section. The scanner is the worker's, nil at first.
func (e *eachStreamed) work(p *section, s *Scanner) *Scanner {
	if s == nil {
		s = emptyScanner(e.opt)
	}
	s.restart(window{buf: p.text, size: s.size, base: p.start, end: len(p.text) - windowPad, eof: true, shared: true})
	s.resume()
	s.stop = p.next
	st := stretch{start: p.start, next: -1, sink: e.newSink()}
	for s.Scan() {
		st.sink.Item(s.Item())
	}
	if !s.closed && s.nextAt > 0 {
		st.next = s.nextAt
	}
	st.info = s.Info()
	p.done <- st
	return s
}

// pushback is a reader that takes back what was read.
type pushback struct {
	back []byte
	src  io.Reader
}

// Read implements io.Reader.
func (p *pushback) Read(b []byte) (int, error) {
	if len(p.back) > 0 {
		n := copy(b, p.back)
		p.back = p.back[n:]
		return n, nil
	}
	return p.src.Read(b)
}

// unread puts a text back, a copy.
func (p *pushback) unread(b []byte) {
	p.back = append(bytes.Clone(b), p.back...)
}
