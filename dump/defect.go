package dump

import "unicode/utf8"

// DefectKind is one way in which dumps differ from clean JSON of the usual
// shape.
type DefectKind uint8

// The kinds of defects, in the order in which they are reported.
const (
	Changed        DefectKind = iota // the file changed while it was read; see Info.Fault
	ReadError                        // the input cannot be read to its end, or its checksum is wrong; see Info.Fault
	Truncated                        // the dump ends inside its list of items
	BadHead                          // what stands before the items makes no sense, or is not all there; skipped
	ItemsBehind                      // items behind the end of the dump; not read
	MalformedItem                    // an item that no reading makes sense of; left out
	OversizedName                    // a field or child whose text exceeds the reader's bound; left out
	BadChild                         // a child whose id is neither string nor number; left out
	StrayChildren                    // a field that is not called children and holds what only children hold; left out
	MissingRoot                      // an item with a frame that does not say whether it is a root; taken for none
	BadEscape                        // a backslash that escapes nothing; kept as a backslash
	BadSize                          // a size that is no number; read as 0
	MissingType                      // an item without a type
	OddType                          // a type that PHP does not have: an uninitialised slot
	RawBytes                         // a name with bytes that are not UTF-8; kept as they are
	DuplicateKey                     // a key that stands twice in one item's children; both kept
	DuplicateField                   // a field that stands twice in one item; the last one counts
	TrailingComma                    // a comma before a closing brace
	LeadingText                      // text before the dump
	TrailingText                     // text behind the dump
	ExtraBrace                       // a closing brace too many
	MissingBrace                     // the list of items is closed, the dump is not
	numDefects
)

var defectNames = [numDefects]string{
	Changed:        "changed",
	ReadError:      "read_error",
	Truncated:      "truncated",
	BadHead:        "bad_head",
	ItemsBehind:    "items_behind",
	MalformedItem:  "malformed_item",
	OversizedName:  "oversized_name",
	BadChild:       "bad_child",
	StrayChildren:  "stray_children",
	MissingRoot:    "missing_root",
	BadEscape:      "bad_escape",
	BadSize:        "bad_size",
	MissingType:    "missing_type",
	OddType:        "odd_type",
	RawBytes:       "raw_bytes",
	DuplicateKey:   "duplicate_key",
	DuplicateField: "duplicate_field",
	TrailingComma:  "trailing_comma",
	LeadingText:    "leading_text",
	TrailingText:   "trailing_text",
	ExtraBrace:     "extra_brace",
	MissingBrace:   "missing_brace",
}

// String gives the kind's stable name.
func (k DefectKind) String() string { return defectNames[k] }

// Loses reports whether a defect of this kind makes what was read less, or
// other, than what was written: items, references or roots are missing, or may
// be. No answer is complete then. The kinds that are left are habits of
// producers: all that was written is there.
func (k DefectKind) Loses() bool { return k <= MissingRoot }

// Defect is how often one kind occurs, and where first: the offset of the
// item concerned, or of the text itself where it belongs to no item.
type Defect struct {
	Kind  DefectKind
	Count uint64
	First int64
}

// Defects tallies flaws by kind. The zero value is an empty tally.
type Defects struct {
	tally [numDefects]struct {
		count   uint64
		first   int64
		example *Example
	}
}

// Example is what a defect is about where it occurs first. Names are copies.
type Example struct {
	ID, Type, Class string
	// Name is the key, or other name, that is to blame, where one is. Keys are
	// known only where children are asked for.
	Name string
}

// Count says how often a kind occurred.
func (d *Defects) Count(k DefectKind) uint64 { return d.tally[k].count }

// Example is the first occurrence of a kind; nil where it did not occur, or not
// in an item.
func (d *Defects) Example(k DefectKind) *Example { return d.tally[k].example }

// List gives the kinds that occurred, most harmful first.
func (d *Defects) List() []Defect {
	var l []Defect
	for k := range numDefects {
		if t := d.tally[k]; t.count > 0 {
			l = append(l, Defect{k, t.count, t.first})
		}
	}
	return l
}

func (d *Defects) add(k DefectKind, n uint64, at int64) {
	if n == 0 {
		return
	}
	t := &d.tally[k]
	if t.count == 0 || at < t.first {
		t.first, t.example = at, nil
	}
	t.count += n
}

// addItem adds a flaw of an item that is known to its end.
func (d *Defects) addItem(k DefectKind, n uint64, it *Item) {
	if n == 0 {
		return
	}
	fresh := d.tally[k].count == 0
	d.add(k, n, it.Offset)
	if fresh {
		d.tally[k].example = exampleOf(k, it)
	}
}

// addAll adds flaws of what is no item.
func (d *Defects) addAll(f *itemFlaws, at int64) {
	for k, n := range f.n {
		d.add(DefectKind(k), uint64(n), at)
	}
}

// addFlaws adds the flaws of one item that is known to its end.
func (d *Defects) addFlaws(f *itemFlaws, it *Item) {
	for k, n := range f.n {
		d.addItem(DefectKind(k), uint64(n), it)
	}
}

func (d *Defects) merge(o *Defects) {
	for k := range numDefects {
		t := &o.tally[k]
		if t.count == 0 {
			continue
		}
		d.add(k, t.count, t.first)
		if d.tally[k].first == t.first {
			d.tally[k].example = t.example
		}
	}
}

// maxExample bounds what is kept of a name.
const maxExample = 256

func exampleOf(k DefectKind, it *Item) *Example {
	clip := func(b []byte) string { return string(b[:min(len(b), maxExample)]) }
	e := &Example{ID: clip(it.ID), Type: clip(it.Type), Class: clip(it.Class)}
	switch k {
	case RawBytes:
		for _, b := range [][]byte{it.Type, it.Symbol, it.Frame, it.Class, it.Handle} {
			if !utf8.Valid(b) {
				e.Name = clip(b)
				return e
			}
		}
		for _, c := range it.Children {
			if !utf8.Valid(c.Key) {
				e.Name = clip(c.Key)
				return e
			}
		}
	case DuplicateKey:
		seen := make(map[string]bool, min(len(it.Children), maxKeys))
		for _, c := range it.Children {
			if seen[string(c.Key)] {
				e.Name = clip(c.Key)
				return e
			}
			seen[string(c.Key)] = true
		}
	}
	return e
}
