package report

import (
	"fmt"
	"io"
	"strconv"

	"memtrail/analysis"
	"memtrail/analysis/units"
)

// Units writes what units of work have left behind, a process after the other.
func Units(w io.Writer, all []units.Units, o Options) error { return render(w, unitsPage(all), o) }

type unitsPage []units.Units

// unitsUpTo is how many units, and how many places, are shown without being asked
// for.
const unitsUpTo = 10

func (all unitsPage) page(out sheet, o Options) {
	for i := range all {
		if i > 0 {
			out.gap()
		}
		all[i:i+1].one(out, o)
	}
}

func (all unitsPage) one(out sheet, o Options) {
	u := &all[0]
	prose := flow(out, o)
	p := textPageOf(out, o)
	switch {
	case len(u.Blamed)+len(u.Steady) > 0:
		prose.fail(unitsVerdict(u))
	case u.Compared < 2:
		prose.note(unitsVerdict(u))
	default:
		prose.info(unitsVerdict(u))
	}
	if text := besides(u); text != "" {
		prose.line(text)
	}
	most := unitsUpTo
	if o.Verbose {
		most = len(u.Blamed) + len(u.Steady) + len(u.Rows)
	}
	for i := range u.Blamed[:min(most, len(u.Blamed))] {
		out.gap()
		blamedUnit(p, &u.Blamed[i])
	}
	for i := range u.Steady[:min(most, len(u.Steady))] {
		out.gap()
		h := &u.Steady[i].Holder
		p.flow("GROWS  ", "       ", words(signedBytes(u.Steady[i].PerUnit)+" a unit, over all of them: ", heldBy(h, p.all)))
		holderRemarks(p, h)
	}
	if more := max(len(u.Blamed)-most, 0) + max(len(u.Steady)-most, 0); more > 0 {
		out.gap()
		prose.line(fmt.Sprintf("%s more are in the JSON.", grouped(uint64(more))))
	}
	if rows := repeated(u.Rows); len(rows) > 0 {
		out.gap()
		prose.table(unitsTable(rows[:min(most, len(rows))]))
		if more := len(rows) - most; more > 0 {
			prose.line(plural(more, "more name") + " in the JSON.")
		}
	}
}

// unitsVerdict says in a sentence what was found.
func unitsVerdict(u *units.Units) string {
	of := fmt.Sprintf("Process %d: %s of work", u.PID, Count(u.Ended, "unit"))
	if len(u.Blamed) == 0 && len(u.Steady) == 0 {
		if u.Compared < 2 {
			return of + "; what holds what they have left is not known, as there are fewer than two dumps."
		}
		return of + ", none of which was seen to leave memory behind that is held."
	}
	held := uint64(0)
	for i := range u.Blamed {
		held += u.Blamed[i].Held()
	}
	text := of
	if n := len(u.Blamed); n > 0 {
		verb := "leave"
		if n == 1 {
			verb = "leaves"
		}
		text += fmt.Sprintf(", %s of which %s memory behind that is held, %s", grouped(uint64(n)), verb, Size(held))
	}
	if n := len(u.Steady); n > 0 {
		verb := "grow"
		if n == 1 {
			verb = "grows"
		}
		text += fmt.Sprintf("; %s %s over all of them", plural(n, "place"), verb)
	}
	return text + "."
}

// besides says what became more and is no leak.
func besides(u *units.Units) string {
	text := ""
	for _, k := range []struct {
		what units.What
		name string
	}{
		{units.Code, "compiled code"}, {units.FirstUse, "what fills once"},
		{units.OfTest, "what test cases hold until the end, by their properties"}, {units.OfRunner, "the test runner's own"}, {units.Garbage, "garbage"},
	} {
		if n := u.Beside[k.what]; n > 0 {
			if text != "" {
				text += "; "
			}
			text += k.name + " " + Size(n)
		}
	}
	if text == "" {
		return ""
	}
	return "No leaks, and not named: " + text + "."
}

func blamedUnit(p textPage, b *units.Blamed) {
	number := ", unit " + grouped(b.Number)
	p.flow("LEFT  ", "      ", words(Size(b.Held())+" by ", rawName(shorten(b.Name, longName)), number))
	if len(b.Among) > 0 {
		p.remark(remark{"or", words("it was another: ", upTo(3, p.all, b.Among, func(name *string) prose { return words(rawName(shorten(*name, longName))) }))})
	}
	for i := range b.Holders {
		h := &b.Holders[i]
		p.remark(remark{"held", words("in ", heldBy(h, p.all))})
		holderRemarks(p, h)
	}
}

// heldBy names a place and what it has more of.
func heldBy(h *units.Holder, all bool) prose {
	text := words(rawName(shorten(h.Path, widthOf(pageWidth, all))), ": "+Size(h.Bytes))
	if h.Count > 0 {
		text = words(text, ", "+signedCount(float64(h.Count))+" ", kindName(h.Holds.Type, h.Holds.Class, widthOf(classWidth, all)))
	}
	return text
}

func holderRemarks(p textPage, h *units.Holder) {
	linkSources(p.sheet, h.Changes, h.Declared, nil, p.all)
	for _, r := range codeRemarks(h.Changes, p.all) {
		p.remark(r)
	}
	if text := declared(h.Declared); text != nil {
		p.remark(remark{"source", text})
	}
}

// repeated are the rows of units that ended more than once.
func repeated(rows []units.Row) []units.Row {
	var list []units.Row
	for _, r := range rows {
		if r.Times > 1 {
			list = append(list, r)
		}
	}
	return list
}

func unitsTable(rows []units.Row) grid {
	return grid{
		columns: []column{{title: "Unit", name: true}, numeric("Times"), numeric("Left"), numeric("Each"), {title: "Trend"}},
		rows: rowsOf(rows, func(_ int, r *units.Row) []cell {
			return []cell{{r.Name}, {grouped(r.Times)}, {netSize(r.Left)}, {netSize(r.Each)}, {string(r.Trend)}}
		}),
	}
}

func (all unitsPage) records(Options) grid {
	type line struct {
		pid int
		row *units.Row
	}
	var list []line
	for i := range all {
		for j := range all[i].Rows {
			list = append(list, line{all[i].PID, &all[i].Rows[j]})
		}
	}
	return grid{
		columns: columns("pid", "unit", "times", "left_bytes", "each_bytes", "trend", "loaded_code", "held_bytes"),
		rows: rowsOf(list, func(_ int, l *line) []cell {
			r := l.row
			return []cell{{strconv.Itoa(l.pid)}, {r.Name}, {ungrouped(r.Times)}, {strconv.FormatInt(r.Left, 10)}, {strconv.FormatInt(r.Each, 10)},
				{string(r.Trend)}, {strconv.FormatBool(r.Code)}, {ungrouped(r.Held)}}
		}),
	}
}

type unitsJSON struct {
	PID      int               `json:"pid"`
	Ended    uint64            `json:"ended"`
	Unnamed  uint64            `json:"unnamed"`
	Compared int               `json:"compared_dumps"`
	Left     []blamedJSON      `json:"left_behind"`
	Steady   []unitHolderJSON  `json:"growing"`
	Beside   map[string]uint64 `json:"beside"`
	Units    []unitJSON        `json:"units"`
}

type blamedJSON struct {
	Unit    string           `json:"unit"`
	Number  uint64           `json:"number"`
	Left    int64            `json:"left_bytes"`
	Held    uint64           `json:"held_bytes"`
	Holders []unitHolderJSON `json:"holders"`
	Among   []nameJSON       `json:"or"`
	Raw     bool             `json:"raw,omitempty"`
}

type nameJSON struct {
	Unit string `json:"unit"`
	Raw  bool   `json:"raw,omitempty"`
}

type unitHolderJSON struct {
	Path        string           `json:"path"`
	Fingerprint string           `json:"fingerprint"`
	Holds       kindJSON         `json:"holds"`
	Count       uint64           `json:"count"`
	Bytes       uint64           `json:"bytes"`
	PerUnit     *float64         `json:"bytes_per_unit,omitempty"`
	Code        *changesJSON     `json:"code,omitempty"`
	Source      *declaredJSON    `json:"source,omitempty"`
	Trace       []growthStepJSON `json:"trace"`
	Raw         bool             `json:"raw,omitempty"`
}

type unitJSON struct {
	Name  string `json:"name"`
	Times uint64 `json:"times"`
	Left  int64  `json:"left_bytes"`
	Each  int64  `json:"each_bytes"`
	Trend string `json:"trend"`
	Code  bool   `json:"loaded_code"`
	Held  uint64 `json:"held_bytes"`
	Raw   bool   `json:"raw,omitempty"`
}

func (all unitsPage) document() document {
	return document{{"processes", sliceOf(all, encodeUnits)}}
}

func encodeUnits(u *units.Units) unitsJSON {
	d := unitsJSON{PID: u.PID, Ended: u.Ended, Unnamed: u.Unnamed, Compared: u.Compared, Beside: map[string]uint64{}}
	d.Left = sliceOf(u.Blamed, func(b *units.Blamed) blamedJSON {
		x := blamedJSON{Unit: b.Name, Number: b.Number, Left: b.Left, Held: b.Held(), Holders: sliceOf(b.Holders, encodeUnitHolder)}
		x.Among = sliceOf(b.Among, func(name *string) nameJSON {
			n := nameJSON{Unit: *name}
			n.Raw = latin1(&n.Unit)
			return n
		})
		x.Raw = latin1(&x.Unit)
		return x
	})
	d.Steady = sliceOf(u.Steady, func(s *units.Steady) unitHolderJSON {
		x, each := encodeUnitHolder(&s.Holder), finite(s.PerUnit)
		x.PerUnit = &each
		return x
	})
	for what, n := range u.Beside {
		d.Beside[string(what)] = n
	}
	d.Units = sliceOf(u.Rows, func(r *units.Row) unitJSON {
		x := unitJSON{Name: r.Name, Times: r.Times, Left: r.Left, Each: r.Each, Trend: string(r.Trend), Code: r.Code, Held: r.Held}
		x.Raw = latin1(&x.Name)
		return x
	})
	return d
}

func encodeUnitHolder(h *units.Holder) unitHolderJSON {
	d := unitHolderJSON{
		Path: h.Path, Fingerprint: h.Fingerprint, Holds: encodeKind(&h.Holds), Count: h.Count, Bytes: h.Bytes,
		Code: encodeChanges(h.Changes), Source: encodeDeclared(h.Declared),
		Trace: sliceOf(h.Trace, func(s *analysis.PathStep) growthStepJSON { return encodeGrowthStep(&s.Item, nil, &s.Label) }),
	}
	d.Raw = latin1(&d.Path, &d.Fingerprint)
	return d
}

// HolderTrace says in lines what holds the memory of a unit, for whoever shows
// them elsewhere. They are printable.
func HolderTrace(all []units.Holder) []string {
	var lines []string
	for i := range all {
		h := &all[i]
		lines = append(lines, printable(words("held in ", heldBy(h, false)).plain()))
		for _, r := range codeRemarks(h.Changes, false) {
			if r.title == "adds" {
				lines = append(lines, "  added in "+printable(r.text.plain()))
			}
		}
		if text := declared(h.Declared); text != nil {
			lines = append(lines, "  source "+printable(text.plain()))
		}
	}
	return lines
}
