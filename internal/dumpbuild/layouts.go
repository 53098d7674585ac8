package dumpbuild

import (
	"slices"
	"strings"
)

// A Layout is one way to print a dump, with a name for a subtest.
type Layout struct {
	Name  string
	Print func(*Dump) []byte
}

// Usual is php-meminfo's own layout.
func Usual() Layout { return Layout{"usual", (*Dump).PrintUsual} }

// Minified prints everything in one line, as reli does.
func Minified() Layout { return styled("minified", Style{Colon: ":"}) }

// Layouts returns all layouts, the usual one first. All of them print the same
// items, edges and bytes of text; ids may differ in case and leading zeros.
func Layouts() []Layout {
	return []Layout{
		Usual(),
		Minified(),
		styled("two spaces", Style{Newline: "\n", Indent: "  ", Colon: ": "}),
		styled("one space", Style{Newline: "\n", Indent: " ", Colon: " : "}),
		styled("tabs", Style{Newline: "\n", Indent: "\t", Colon: ": "}),
		styled("four spaces, tight colons", Style{Newline: "\n", Indent: "    ", Colon: ":"}),
		styled("comma first", Style{Newline: "\n", Indent: "  ", Colon: " : ", CommaFirst: true}),
		styled("trailing commas", Style{Newline: "\n", Indent: "  ", Colon: " : ", TrailingComma: true}),
		{"carriage returns", func(d *Dump) []byte { return crlf(d.PrintUsual()) }},
		edited("reordered", Reordered),
		{"reordered, minified", func(d *Dump) []byte { return Reordered(d).Print(Style{Colon: ":"}) }},
		edited("header last", headerLast),
		edited("no header", NoHeader),
		edited("numeric sizes", numericSizes),
		edited("padded ids", paddedIDs),
		edited("upper-case ids", upperIDs),
	}
}

func styled(name string, s Style) Layout {
	return Layout{name, func(d *Dump) []byte { return d.Print(s) }}
}

func edited(name string, edit func(*Dump) *Dump) Layout {
	return Layout{name, func(d *Dump) []byte { return edit(d).PrintUsual() }}
}

// Reordered returns a copy whose items have their fields in another order, each
// a different one: children come before the class, and before the type.
func Reordered(d *Dump) *Dump {
	d = d.Clone()
	for i := range d.Items {
		fields := d.Items[i].Fields
		slices.Reverse(fields)
		if n := len(fields); n > 0 {
			fields = append(fields[i%n:], fields[:i%n]...)
		}
		d.Items[i].Fields = fields
	}
	return d
}

// headerLast returns a copy with the header behind the items.
func headerLast(d *Dump) *Dump {
	d = d.Clone()
	d.HeaderLast = true
	return d
}

// NoHeader returns a copy without a header.
func NoHeader(d *Dump) *Dump {
	d = d.Clone()
	d.Header = nil
	return d
}

// numericSizes returns a copy whose sizes and handles are numbers, not strings.
func numericSizes(d *Dump) *Dump {
	d = d.Clone()
	for _, it := range d.Items {
		for k, f := range it.Fields {
			if f.Name == "size" || f.Name == "object_handle" {
				it.Fields[k].Value.Kind = Literal
			}
		}
	}
	return d
}

// paddedIDs returns a copy whose ids have sixteen digits, as musl prints them.
func paddedIDs(d *Dump) *Dump {
	return mapIDs(d, func(digits string) string {
		return strings.Repeat("0", max(0, 16-len(digits))) + digits
	})
}

// upperIDs returns a copy whose ids have upper-case digits.
func upperIDs(d *Dump) *Dump { return mapIDs(d, strings.ToUpper) }

// mapIDs changes the digits of all hexadecimal ids.
func mapIDs(d *Dump, change func(digits string) string) *Dump {
	d = d.Clone()
	edit := func(id *string) {
		if digits, ok := strings.CutPrefix(*id, "0x"); ok {
			*id = "0x" + change(digits)
		}
	}
	for i := range d.Items {
		edit(&d.Items[i].ID)
		for k := range d.Items[i].Children() {
			edit(&d.Items[i].Children()[k].Value.Text)
		}
	}
	return d
}
