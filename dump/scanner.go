package dump

import (
	"bytes"
	"io"
	"math"
)

// Options says what of the items is wanted. What is not wanted is checked and
// counted all the same, but not delivered, which saves time.
type Options struct {
	Children bool // fill Item.Children
	Extra    bool // fill Item.Extra
	// Workers bounds the goroutines that [Each] reads a plain file with; 0
	// means one for each processor. Results do not depend on it.
	Workers int
}

// Scanner reads the items of a dump one after the other:
//
//	sc := dump.NewScanner(r, dump.Options{})
//	for sc.Scan() {
//		it := sc.Item()
//		…
//	}
//	if err := sc.Err(); err != nil { … }
//	info := sc.Info()
//
// It never fails on a flaw in the dump: it counts it and goes on. Err is nil
// unless the input cannot be read at all, or is no dump.
type Scanner struct {
	window
	opt    Options
	stop   int64 // items that start here or further on are not ours
	nextAt int64 // where the first of those starts; 0: none was met
	state  state
	info   Info
	err    error

	item   Item
	open   bool // pieces of item are delivered, more must follow
	odd    bool // the item's type is none of PHP's
	flaws  itemFlaws
	keys   keySet
	names  names
	arena  []byte // keys of list children, of one item
	idLen  int    // of the last id in the usual layout
	closed bool   // the list of items is

	lastClass struct{ raw, text []byte } // of the last object in the usual layout

	// The general path.
	frame    frame
	dec      decoder
	prefix   string // opens the next piece of a body
	scratch  []byte // a body that had to be mended
	dropping bool   // inside a field or child too long to be held
	waste    int64  // bytes framed in vain

	topNames []string // first names beside header and items, for errors
}

type state uint8

const (
	atStart    state = iota
	amongTop         // among the fields of the outermost object
	amongItems       // between two items
	inUsual          // among the children of an item in the usual layout
	inBody           // inside the body of any other item
	lost             // behind damage, looking for the next item
	behind           // behind the outermost object
	done
)

// NewScanner returns a scanner that reads a dump from r, uncompressed.
func NewScanner(r io.Reader, o Options) *Scanner { return newScanner(r, 0, o) }

func newScanner(r io.Reader, at int64, o Options) *Scanner {
	return &Scanner{window: newWindow(r, at, windowSize), opt: o, stop: math.MaxInt64, idLen: len("0x7f0123456789")}
}

// Item is the item that the last Scan found. It and all it refers to belong
// to the scanner and hold until the next Scan.
func (s *Scanner) Item() *Item { return &s.item }

// Info tells of the dump as a whole, once Scan has returned false.
func (s *Scanner) Info() Info { return s.info }

// Err is the reason why there is no dump to read: an error of the reader, or
// a [*FormatError]. A reader that fails after the first item truncates the
// dump; that is no error.
func (s *Scanner) Err() error { return s.err }

// Scan goes to the next item, or piece of an item, and reports whether there
// is one.
func (s *Scanner) Scan() bool {
	for {
		switch s.state {
		case amongItems:
			if s.next() {
				return true
			}
		case inUsual:
			return s.resumeUsual()
		case inBody:
			s.keep()
			return s.deliver(s.body())
		case lost:
			s.resync()
		case atStart:
			s.start()
		case amongTop:
			s.top()
		case behind:
			s.after()
		default:
			return false
		}
	}
}

// next reads the next item, or finds that there is none here.
func (s *Scanner) next() bool {
	for {
		if s.rest() > 0 {
			switch s.usual() {
			case whole:
				s.emit(inUsual)
				return true
			case beyond:
				s.state = done
				return false
			case short:
				if s.fill() {
					s.flaws = itemFlaws{}
					continue
				}
			}
		} else if s.fill() {
			continue
		}
		break
	}
	c, ok := s.separators()
	switch {
	case !ok:
		s.truncated()
	case c == '"':
		return s.deliver(s.general())
	case c == '}':
		at := s.offset()
		s.pos++
		if s.itemAhead() {
			s.info.Defects.add(ExtraBrace, 1, at)
			return false
		}
		s.closed = true
		s.state = amongTop
	default:
		s.info.Defects.add(MalformedItem, 1, s.offset())
		s.state = lost
	}
	return false
}

// deliver acts on the verdict of the general path: it reports whether there
// is an item or piece to hand over.
func (s *Scanner) deliver(v verdict) bool {
	switch v {
	case whole:
		s.emit(inBody)
		return true
	case beyond:
		s.state = done
		return false
	case short:
		// The input ends inside the item, or seems to because a quote is lost.
		if findItem(s.buf[s.pos:s.end], min(1, s.rest())) < 0 {
			s.truncated()
			break
		}
		fallthrough
	default:
		s.info.Defects.add(MalformedItem, 1, s.item.Offset)
		s.skipWaste()
		s.state = lost
	}
	if s.open {
		s.item.Children, s.item.More, s.item.Broken = s.item.Children[:0], false, true
		s.open = false
		return true
	}
	return false
}

// skipWaste gives up looking for items in bytes that a body was looked for in
// vain, once so much has been wasted in that way that the time would no
// longer grow with the input's size alone.
func (s *Scanner) skipWaste() {
	n := min(s.frame.i, s.rest())
	if s.waste += int64(n); s.waste > 16<<20+4*s.offset() {
		s.pos += n
	}
}

// resumeUsual goes on with the children of an item in the usual layout.
func (s *Scanner) resumeUsual() bool {
	s.keep()
	s.fill()
	p, v := s.usualChildren(s.pos)
	if v == whole {
		s.pos = p
		s.item.More = false
		s.emit(inUsual)
		return true
	}
	if v == short && p-s.pos > windowSize/2 {
		s.pos = p
		s.item.More = true
		s.emit(inUsual)
		return true
	}
	// Something else stands here: the general path goes on from the last good
	// line, as if it had cut the body there itself. Children of the piece so
	// far are views into the window and must go out first.
	s.pos = p
	s.state = inBody
	s.frame.reset()
	s.frame.depth, s.frame.kids, s.frame.cutKids = 2, true, true
	s.dec = decoder{s: s, seen: s.item.Fields}
	s.prefix, s.dropping = `{"children":{`, false
	if s.item.NumChildren > 0 {
		s.item.More = true
		s.emit(inBody)
		return true
	}
	return s.deliver(s.body())
}

// keep moves the fields of an item that goes on into memory of their own,
// and empties its list of children.
func (s *Scanner) keep() {
	it := &s.item
	for _, f := range []*[]byte{&it.ID, &it.Type, &it.Symbol, &it.Frame, &it.Class, &it.Handle} {
		*f = bytes.Clone(*f)
	}
	for i := range it.Extra {
		x := &it.Extra[i]
		x.Name, x.Value = bytes.Clone(x.Name), bytes.Clone(x.Value)
	}
	it.Children = it.Children[:0]
	s.arena = s.arena[:0]
}

// emit accounts for the item or piece that is about to be handed over.
func (s *Scanner) emit(goesOn state) {
	it, f, d := &s.item, &s.flaws, &s.info.Defects
	if f.any {
		for k, n := range f.n {
			d.add(DefectKind(k), uint64(n), it.Offset)
		}
		*f = itemFlaws{}
	}
	if s.open = it.More; s.open {
		s.state = goesOn
		return
	}
	s.state = amongItems
	s.info.Items++
	if it.IsRoot {
		s.info.Roots++
	}
	if !it.Has(HasType) {
		d.add(MissingType, 1, it.Offset)
	} else if s.odd {
		d.add(OddType, 1, it.Offset)
	}
}

// knownType reports whether a type is one that PHP prints, in any version.
func knownType(t []byte) bool {
	switch string(t) {
	case "string", "int", "array", "object", "null", "bool", "float",
		"integer", "boolean", "double", "resource", "resource (closed)":
		return true
	}
	return false
}

// separators skips what may stand between items: blanks and commas.
func (s *Scanner) separators() (byte, bool) {
	for {
		c, ok := s.space()
		if !ok || c != ',' {
			return c, ok
		}
		s.pos++
	}
}

// itemAhead reports whether the next thing, behind blanks and commas, is an
// item, without reading it.
func (s *Scanner) itemAhead() bool {
	s.more(200)
	b := s.buf[s.pos:s.end]
	i := 0
	for i < len(b) && bytes.IndexByte([]byte(" \t\r\n,"), b[i]) >= 0 {
		i++
	}
	return i < len(b) && b[i] == '"' && findItem(b[:min(len(b), i+200)], i) == i
}

// resync goes to the next item behind damage.
func (s *Scanner) resync() {
	from := min(1, s.rest())
	for {
		if i := findItem(s.buf[s.pos:s.end], from); i >= 0 {
			s.pos += i
			s.state = amongItems
			return
		}
		// An item's start may lie across the window's end.
		const tail = 160
		if skip := s.rest() - tail; skip > 0 {
			s.pos += skip
			from = tail / 2
		}
		if !s.fill() {
			s.pos = s.end
			s.truncated()
			return
		}
	}
}

// truncated ends the dump inside its list of items.
func (s *Scanner) truncated() {
	s.pos = s.end
	s.info.Defects.add(Truncated, 1, s.offset())
	s.finish(false)
}

func (s *Scanner) finish(complete bool) {
	s.info.Complete = complete
	s.info.EndsAt = s.offset()
	s.state = done
	if s.info.Items == 0 && s.window.err != nil {
		s.err = s.window.err
	}
}
