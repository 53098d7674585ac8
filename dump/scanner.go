package dump

import (
	"bytes"
	"cmp"
	"io"
	"math"
)

// Options says what of the items is wanted. What is not wanted is checked and
// counted all the same, but not delivered, which saves time.
type Options struct {
	Children bool // fill Item.Children
	Extra    bool // fill Item.Extra
	// Addresses says that the sinks take ids as numbers: Item.Address and
	// Item.Addresses instead of texts. Only inputs that have them as numbers
	// give them so.
	Addresses bool
	// Workers bounds the goroutines that [Each] scans with; 0 means one for
	// each processor. Results do not depend on it.
	Workers int

	tuning tuning
}

// tuning makes small what real dumps need large, so that tests reach every
// border with small inputs. Zeros stand for the usual values.
type tuning struct {
	window  int  // size of a window
	piece   int  // size of a piece of a body; at least a window
	block   int  // size of a block
	general bool // the general path takes all items
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
	brace  int64  // offset of the brace that closed it

	// Of the last object in the usual layout. text is raw or plain.
	lastClass struct{ raw, text, plain []byte }

	// The general path.
	frame    frame
	dec      decoder
	id       []byte // of the item
	prefix   string // opens the next piece of a body
	scratch  []byte // a body that had to be mended
	spoilt   bool   // a piece of the body made no sense
	piece    int    // size of a piece of a body
	from     int    // where to look for the next item behind damage, from pos on
	generals int    // items that came this way

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
	s := emptyScanner(o)
	s.window = newWindow(r, at, s.size)
	return s
}

// emptyScanner makes a scanner that has no text yet.
func emptyScanner(o Options) *Scanner {
	return &Scanner{
		window: window{size: cmp.Or(o.tuning.window, windowSize)},
		piece:  cmp.Or(o.tuning.piece, maxPiece),
		opt:    o, stop: math.MaxInt64, idLen: len("0x7f0123456789"),
	}
}

// restart makes a scanner anew for another window, with its buffers.
func (s *Scanner) restart(w window) {
	*s = Scanner{
		window: w, opt: s.opt, stop: math.MaxInt64, idLen: s.idLen,
		piece: s.piece,
		item:  Item{Children: s.item.Children[:0], Extra: s.item.Extra[:0]},
		names: s.names, scratch: s.scratch, arena: s.arena, id: s.id, keys: s.keys,
		frame: frame{mends: s.frame.mends[:0]},
	}
}

// resume makes a scanner go on between two items, none of which closed the
// list.
func (s *Scanner) resume() {
	s.state = amongItems
	s.info.Closed = true
}

// Item is the item that the last Scan found. It and all it refers to belong
// to the scanner and hold until the next Scan.
func (s *Scanner) Item() *Item { return &s.item }

// Info tells of the dump as a whole, once Scan has returned false.
func (s *Scanner) Info() Info { return s.info }

// Err is the reason why there is no dump to read: an error of the reader, or
// a [*FormatError]. A reader that fails after the first item ends the dump,
// which is no error: see Info.Fault.
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
		if s.opt.tuning.general {
			break
		}
		if s.rest() > 0 {
			v := s.usual()
			if v == unusual {
				v = s.compact()
			}
			switch v {
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
	c, comma, ok := s.separators()
	switch {
	case !ok:
		s.truncated()
	case c == '"':
		return s.deliver(s.general())
	case c == '}':
		if comma >= 0 {
			s.info.Defects.add(TrailingComma, 1, comma)
		}
		s.closed, s.brace = true, s.offset()
		s.pos++
		s.state = amongTop
	default:
		s.info.Defects.add(MalformedItem, 1, s.offset())
		s.from = 1
		s.state = lost
	}
	return false
}

// reopen goes on among items that follow the brace that seemed to close their
// list, or one more.
func (s *Scanner) reopen(braces uint64) {
	s.info.Defects.add(ExtraBrace, braces, s.brace)
	s.state = amongItems
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
		s.truncated()
	case nonsense:
		s.info.Defects.add(MalformedItem, 1, s.item.Offset)
		s.state = amongItems
	default:
		s.info.Defects.add(MalformedItem, 1, s.item.Offset)
		s.state = lost
	}
	s.flaws = itemFlaws{}
	if s.open {
		s.item.Children, s.item.Extra = s.item.Children[:0], s.item.Extra[:0]
		s.item.More, s.item.Broken = false, true
		s.open = false
		return true
	}
	return false
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
	if v == short && p-s.pos > s.size/2 {
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
	s.frame.depth, s.frame.kids, s.frame.cutKids, s.frame.comma = 2, true, true, cutComma
	s.dec = decoder{s: s, seen: s.item.Fields}
	s.prefix, s.spoilt = `{"children":{`, false
	if s.item.NumChildren > 0 {
		s.item.More = true
		s.emit(inBody)
		return true
	}
	return s.deliver(s.body())
}

// keep moves the fields of an item that goes on into memory of their own,
// and empties its lists.
func (s *Scanner) keep() {
	it := &s.item
	for _, f := range []*[]byte{&it.ID, &it.Type, &it.Symbol, &it.Frame, &it.Class, &it.Handle} {
		*f = bytes.Clone(*f)
	}
	it.Children, it.Extra = it.Children[:0], it.Extra[:0]
	s.arena = s.arena[:0]
}

// emit accounts for the item or piece that is about to be handed over.
func (s *Scanner) emit(goesOn state) {
	it, f, d := &s.item, &s.flaws, &s.info.Defects
	if s.open = it.More; s.open {
		s.state = goesOn
		return
	}
	s.state = amongItems
	if f.any {
		d.addFlaws(f, it)
		*f = itemFlaws{}
	}
	s.info.Items++
	if it.IsRoot {
		s.info.Roots++
	} else if it.Has(HasFrame) {
		s.info.Closed = false // a fork, which prints frames of what is no root
		if !it.Has(HasRoot) {
			d.addItem(MissingRoot, 1, it)
		}
	}
	if !it.Has(HasType) {
		d.addItem(MissingType, 1, it)
	} else if s.odd {
		d.addItem(OddType, 1, it)
	}
}

// knownType reports whether a type is one that PHP prints, in any version, or
// that a capture has for what PHP has no value of.
func knownType(t []byte) bool {
	switch string(t) {
	case "string", "int", "array", "object", "null", "bool", "float",
		"integer", "boolean", "double", "resource", "resource (closed)",
		"group", "block", "file", "class", "function":
		return true
	}
	return false
}

// separators skips what may stand between items: blanks and commas. It gives
// the byte behind them and the offset of the last comma, or -1.
func (s *Scanner) separators() (c byte, comma int64, ok bool) {
	comma = -1
	for {
		c, ok = s.space()
		if !ok || c != ',' {
			return c, comma, ok
		}
		comma = s.offset()
		s.pos++
	}
}

// itemAhead reports whether an item stands at distance i from pos, behind a
// few blanks and commas, without reading it.
func (s *Scanner) itemAhead(i int) bool {
	const few = 64
	s.more(i + few + reach)
	b := s.buf[s.pos:s.end]
	b = b[i:min(len(b), i+few+reach)]
	n := len(b) - len(bytes.TrimLeft(b, " \t\r\n,"))
	return n <= few && findItem(b, n) == n
}

// resync goes to the next item behind damage.
func (s *Scanner) resync() {
	from := s.from
	for {
		if i := findItem(s.buf[s.pos:s.end], from); i >= 0 {
			s.pos += i
			s.state = amongItems
			return
		}
		// An item's start may lie across the window's end.
		if skip := s.rest() - reach; skip > 0 {
			s.pos += skip
			from = max(1, from-skip)
		}
		if !s.fill() {
			s.truncated()
			return
		}
	}
}

// truncated ends the dump inside its list of items.
func (s *Scanner) truncated() {
	s.pos = s.end
	if s.window.err == nil {
		s.info.Defects.add(Truncated, 1, s.offset())
	}
	s.finish(false, s.offset())
}

// finish ends the scan of a dump that ends at an offset. The input must have
// been read to its end, as only there a reader knows whether a checksum is right.
func (s *Scanner) finish(complete bool, at int64) {
	s.info.Complete, s.info.EndsAt = complete, at
	s.state = done
	if err := s.window.err; err != nil {
		s.info.Defects.add(ReadError, 1, s.offset())
		s.info.Fault = err
		if s.info.Items == 0 {
			s.err = err
		}
	}
}
