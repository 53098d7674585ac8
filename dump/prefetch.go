package dump

import "io"

// prefetch reads ahead in a goroutine of its own, so that decompression and
// scanning overlap.
type prefetch struct {
	full  chan chunk
	free  chan []byte
	quit  chan struct{}
	cur   []byte // unread rest of the chunk at hand
	whole []byte // that chunk's memory
	err   error
}

type chunk struct {
	buf []byte
	n   int
	err error
}

func newPrefetch(src io.Reader) *prefetch {
	const buffers = 4
	p := &prefetch{full: make(chan chunk, buffers), free: make(chan []byte, buffers), quit: make(chan struct{})}
	for range buffers {
		p.free <- make([]byte, windowSize)
	}
	go p.run(src)
	return p
}

func (p *prefetch) run(src io.Reader) {
	defer close(p.full)
	for {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.quit:
			return
		}
		n, err := io.ReadFull(src, buf)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		p.full <- chunk{buf, n, err} // has room for every buffer
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (p *prefetch) Read(b []byte) (int, error) {
	for len(p.cur) == 0 {
		if p.whole != nil {
			p.free <- p.whole
			p.whole = nil
		}
		if p.err != nil {
			return 0, p.err
		}
		c, ok := <-p.full
		if !ok {
			return 0, io.EOF
		}
		p.whole, p.cur, p.err = c.buf, c.buf[:c.n], c.err
	}
	n := copy(b, p.cur)
	p.cur = p.cur[n:]
	return n, nil
}

// stop ends the reading goroutine and waits until it no longer uses its
// source.
func (p *prefetch) stop() {
	close(p.quit)
	for range p.full {
	}
}
