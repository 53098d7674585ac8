package query

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis/paths"
	"memtrail/dump"
)

// Filter is one condition on an item's attribute, as "attribute op value":
//
//	=  !=   the same text; for size, children_count and object_handle the same
//	        number; for id the same address
//	~       a match of the regular expression, Go's syntax
//	>  <  >=  <=   numbers; 1.5MB is one
//
// An item without the attribute meets no condition on it, != included. The
// attribute children stands for the list: = finds who holds an id, ~ looks at
// the keys, and numbers compare to the count.
type Filter struct {
	Attribute string
	Op        string
	Value     string

	needs dump.Fields // that an item must have; 0 for none
	re    *regexp.Regexp
	num   float64
	addr  dump.Address
	flag  bool
}

// FilterError says what is wrong with a filter.
type FilterError struct{ Filter, Problem string }

func (e *FilterError) Error() string { return fmt.Sprintf("filter %q: %s", e.Filter, e.Problem) }

// attributes are those that php-meminfo writes, and what is derived from them.
var attributes = []string{"id", "type", "size", "class", "object_handle", "is_root", "frame", "symbol_name", "children", "children_count"}

// neededFields are the fields that an item must have for a filter on an attribute.
var neededFields = map[string]dump.Fields{
	"type": dump.HasType, "class": dump.HasClass, "frame": dump.HasFrame, "symbol_name": dump.HasSymbol, "size": dump.HasSize,
	"object_handle": dump.HasHandle, "children": dump.HasChildren, "children_count": dump.HasChildren,
}

// sizeAttributes are those that take a graph to know.
var sizeAttributes = []string{"allocated", "retained"}

// NeedsSizes reports whether the filter asks for allocated or retained bytes,
// which only a [Retention] knows, and for the latter of them.
func (f *Filter) NeedsSizes() (sizes, retained bool) {
	return slices.Contains(sizeAttributes, f.Attribute), f.Attribute == "retained"
}

// textAttributes are those that never hold a number.
var textAttributes = []string{"id", "type", "class", "frame", "symbol_name"}

var filterForm = regexp.MustCompile(`(?s)^\s*([^=~<>!]+?)\s*(!=|>=|<=|=|~|>|<)(.*)$`)

// ParseFilter reads a filter. Its error is a [*FilterError].
func ParseFilter(text string) (Filter, error) {
	m := filterForm.FindStringSubmatch(text)
	if m == nil {
		return Filter{}, &FilterError{text, `not of the form attribute=value; operators are = != ~ > < >= <=`}
	}
	f := Filter{Attribute: m[1], Op: m[2], Value: m[3], needs: neededFields[m[1]]}
	problem := f.parseOp()
	if problem == "" {
		problem = f.parseValue()
	}
	if problem != "" {
		return Filter{}, &FilterError{text, problem}
	}
	return f, nil
}

// isEquality reports whether the operator asks for the same value, or another one.
func (f *Filter) isEquality() bool { return f.Op == "=" || f.Op == "!=" }

// parseOp reads the value as the operator wants it. It returns what is wrong with
// it; "" for nothing.
func (f *Filter) parseOp() (problem string) {
	var err error
	switch f.Op {
	case "~":
		if f.re, err = regexp.Compile(f.Value); err != nil {
			return fmt.Sprintf("bad regular expression: %s (Go syntax: linear time, without look-around and back-references)",
				strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case ">", "<", ">=", "<=":
		if slices.Contains(textAttributes, f.Attribute) {
			return fmt.Sprintf("%s is text: it compares with =, != and ~ only", f.Attribute)
		}
		if f.num, err = parseNumber(f.Value); err != nil {
			return fmt.Sprintf("%q is no number; write 1000, 1.5MB or 64KB", f.Value)
		}
	}
	return ""
}

// parseValue reads the value as the attribute wants it, like parseOp.
func (f *Filter) parseValue() (problem string) {
	switch f.Attribute {
	case "id":
		f.addr, _ = dump.ParseAddress([]byte(f.Value))
	case "object_handle":
		// A handle may be any text: what is no number equals none.
		if v, err := parseNumber(f.Value); f.isEquality() && err == nil {
			f.num = v
		} else if f.isEquality() {
			f.num = math.NaN()
		}
	case "size", "children_count", "allocated", "retained":
		return f.parseSize()
	case "is_root":
		return f.parseFlag()
	}
	return ""
}

func (f *Filter) parseSize() (problem string) {
	if f.Op == "~" && slices.Contains(sizeAttributes, f.Attribute) {
		return fmt.Sprintf("%s is a number: it compares with = != > < >= <=", f.Attribute)
	}
	if f.isEquality() {
		var err error
		if f.num, err = parseNumber(f.Value); err != nil {
			return fmt.Sprintf("%s is a number, %q is none", f.Attribute, f.Value)
		}
	}
	return ""
}

func (f *Filter) parseFlag() (problem string) {
	if !f.isEquality() {
		return "is_root is compared with = or !="
	}
	switch strings.ToLower(f.Value) {
	case "1", "true", "yes":
		f.flag = true
	case "0", "false", "no", "":
	default:
		return fmt.Sprintf("is_root is 1 or 0, not %q", f.Value)
	}
	return ""
}

var numberForm = regexp.MustCompile(`^[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(E[-+]?\d+)?$`)

// parseNumber reads a number with an optional unit. Units are PHP's: K, M, G
// and T are powers of 1,024, with or without B or iB.
func parseNumber(s string) (float64, error) {
	number, scale := strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(s)), "B"), 1.0
	for i, unit := range []string{"K", "M", "G", "T"} {
		if n, ok := strings.CutSuffix(strings.TrimSuffix(number, "I"), unit); ok {
			number, scale = n, math.Pow(1024, float64(i+1))
			break
		}
	}
	number = strings.TrimSpace(number)
	if !numberForm.MatchString(number) {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	v *= scale
	if err == nil && math.IsInf(v, 0) {
		err = strconv.ErrRange
	}
	return v, err
}

// verdict of a filter on an item of which not all may be known yet.
type verdict uint8

const (
	no verdict = iota
	yes
	absent // the item lacks the attribute, so far
)

func is(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// match judges a piece of an item.
func (f *Filter) match(it *dump.Item) verdict {
	if !it.Has(f.needs) {
		return absent
	}
	switch f.Attribute {
	case "id":
		if f.isEquality() {
			a, _ := dump.ParseAddress(it.ID)
			return is((a == f.addr) == (f.Op == "="))
		}
		return f.text(it.ID)
	case "type":
		return f.text(it.Type)
	case "class":
		return f.text(it.Class)
	case "frame":
		return f.text(it.Frame)
	case "symbol_name":
		return f.text(it.Symbol)
	case "is_root":
		return is((it.IsRoot == f.flag) == (f.Op == "="))
	case "size":
		return f.number(float64(it.Size), strconv.AppendUint(nil, it.Size, 10))
	case "object_handle":
		v, err := strconv.ParseFloat(string(it.Handle), 64)
		if err != nil || math.IsNaN(f.num) {
			return f.text(it.Handle)
		}
		return f.number(v, it.Handle)
	case "children_count":
		return f.number(float64(it.NumChildren), strconv.AppendUint(nil, it.NumChildren, 10))
	case "children":
		return f.children(it)
	}
	return f.extra(it)
}

// extra judges a field that php-meminfo does not write.
func (f *Filter) extra(it *dump.Item) verdict {
	for _, x := range it.Extra {
		if string(x.Name) == f.Attribute {
			if v, err := strconv.ParseFloat(string(x.Value), 64); err == nil && f.re == nil && strings.ContainsAny(f.Op, "<>") {
				return f.number(v, x.Value)
			}
			return f.text(x.Value)
		}
	}
	return absent
}

func (f *Filter) text(v []byte) verdict {
	switch f.Op {
	case "=":
		return is(string(v) == f.Value)
	case "!=":
		return is(string(v) != f.Value)
	case "~":
		return is(f.re.Match(v))
	}
	return no // text is neither more nor less than a number
}

func (f *Filter) number(v float64, text []byte) verdict {
	switch f.Op {
	case "=":
		return is(v == f.num)
	case "!=":
		return is(v != f.num)
	case ">":
		return is(v > f.num)
	case "<":
		return is(v < f.num)
	case ">=":
		return is(v >= f.num)
	case "<=":
		return is(v <= f.num)
	}
	return f.text(text)
}

// children judges one piece of a list: only a find can be final.
func (f *Filter) children(it *dump.Item) verdict {
	switch f.Op {
	case "~":
		return is(slices.ContainsFunc(it.Children, func(c dump.Child) bool { return f.re.Match(c.Key) }))
	case "=", "!=":
		if n, err := strconv.ParseUint(f.Value, 10, 63); err == nil {
			return is((it.NumChildren == n) == (f.Op == "="))
		}
		a, _ := dump.ParseAddress([]byte(f.Value))
		found := slices.ContainsFunc(it.Children, func(c dump.Child) bool {
			b, _ := dump.ParseAddress(c.ID)
			return a == b
		})
		return is(found == (f.Op == "="))
	}
	return f.number(float64(it.NumChildren), nil)
}

// unknown says that no item has the attribute, and which there are.
func (f *Filter) unknown(extras map[string]bool) error {
	known := slices.Clone(attributes)
	for x := range extras {
		known = append(known, x)
	}
	slices.Sort(known[len(attributes):])
	problem := fmt.Sprintf("unknown attribute %q", f.Attribute)
	if near := nearest(f.Attribute, known); near != "" {
		problem += fmt.Sprintf(", did you mean %q?", near)
	}
	return &FilterError{f.Attribute + f.Op + f.Value, problem + "; items have " + strings.Join(known, ", ")}
}

// nearest is the known name that a mistyped one most likely stands for.
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := paths.Distance(strings.ToLower(name), k); d < min(least, len(name)) {
			best, least = k, d
		}
		if len(name) > 2 && (strings.HasPrefix(k, name) || strings.HasSuffix(k, name)) && least > 1 {
			best, least = k, 1
		}
	}
	return best
}

// isKnown reports whether php-meminfo writes the attribute.
func (f *Filter) isKnown() bool { return slices.Contains(attributes, f.Attribute) }

// needsChildren reports whether the filter looks at the pairs of children.
func (f *Filter) needsChildren() bool {
	if f.Attribute != "children" {
		return false
	}
	_, err := strconv.ParseUint(f.Value, 10, 63)
	return f.Op == "~" || (f.Op == "=" || f.Op == "!=") && err != nil
}
