package report

import (
	"strconv"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

type itemJSON struct {
	ID            string      `json:"id"`
	Type          *string     `json:"type"`
	Class         *string     `json:"class"`
	ObjectHandle  any         `json:"object_handle"`
	Size          uint64      `json:"size"`
	IsRoot        bool        `json:"is_root"`
	Frame         *string     `json:"frame"`
	SymbolName    *string     `json:"symbol_name"`
	ChildrenCount uint64      `json:"children_count"`
	Children      []childJSON `json:"children"`
	Extra         []extraJSON `json:"extra,omitempty"`
	Missing       bool        `json:"missing,omitempty"`

	sizesJSON

	Raw bool `json:"raw,omitempty"`
}

type childJSON struct {
	Key      string `json:"key"`
	ID       string `json:"id"`
	Reliable bool   `json:"reliable"`
	Weak     bool   `json:"weak"`
	Raw      bool   `json:"raw,omitempty"`
}

type extraJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Raw   bool   `json:"raw,omitempty"`
}

func encodeItem(it *analysis.Item) itemJSON {
	d := itemJSON{
		ID:            it.ID,
		Type:          orNull(it.Type, !it.Missing),
		Class:         orNull(it.Class, it.HasClass || it.Class != ""),
		Size:          it.Size,
		IsRoot:        it.IsRoot,
		Frame:         orNull(it.Frame, it.Frame != ""),
		SymbolName:    orNull(it.Symbol, it.Symbol != ""),
		ChildrenCount: it.ChildrenCount,
		Children:      sliceOf(it.Children, encodeChild),
		Extra:         sliceOf(it.Extra, encodeExtra),
		Missing:       it.Missing,
		sizesJSON:     sizesJSON{it.Allocated, it.Retained},
	}
	number := orNull(it.Handle, it.Handle != "")
	d.Raw = latin1(&d.ID, d.Type, d.Class, number, d.Frame, d.SymbolName)
	d.ObjectHandle = handle(number)
	return d
}

func encodeChild(c *analysis.Child) childJSON {
	d := childJSON{Key: c.Key, ID: c.ID, Reliable: c.Reliable, Weak: c.Weak}
	d.Raw = latin1(&d.Key, &d.ID)
	return d
}

func encodeExtra(e *analysis.Extra) extraJSON {
	d := extraJSON{Name: e.Name, Value: e.Value}
	d.Raw = latin1(&d.Name, &d.Value)
	return d
}

// handle is the number of an object: a JSON number where the dump has one that
// every JSON reader keeps exact, else the text, else null.
func handle(text *string) any {
	if text == nil {
		return nil
	}
	const exact = 53
	n, err := strconv.ParseUint(*text, 10, exact)
	if err != nil || strconv.FormatUint(n, 10) != *text {
		return *text
	}
	return n
}

type kindJSON struct {
	Type  string  `json:"type"`
	Class *string `json:"class"`
	Raw   bool    `json:"raw,omitempty"`
}

func encodeKind(k *analysis.Kind) kindJSON {
	d := kindJSON{Type: k.Type, Class: orNull(k.Class, k.Class != "")}
	d.Raw = latin1(&d.Type, d.Class)
	return d
}

// In a placeJSON, what is no single item has no id, type and class.
type placeJSON struct {
	Path          *string `json:"path"`
	ID            *string `json:"id"`
	Type          *string `json:"type"`
	Class         *string `json:"class"`
	RetainedBytes uint64  `json:"retained_bytes"`
	Raw           bool    `json:"raw,omitempty"`
}

func encodePlace(p *analysis.Place) placeJSON {
	it := &p.Item
	d := placeJSON{
		Path: orNull(p.Path, p.Path != ""), ID: orNull(it.ID, it.ID != ""), Type: orNull(it.Type, it.ID != ""),
		Class: orNull(it.Class, it.HasClass || it.Class != ""), RetainedBytes: p.Retained,
	}
	d.Raw = latin1(d.Path, d.ID, d.Type, d.Class)
	return d
}

type pathStepJSON struct {
	Label         string  `json:"label"`
	ID            string  `json:"id"`
	Type          string  `json:"type"`
	Class         *string `json:"class"`
	RetainedBytes uint64  `json:"retained_bytes"`
	Raw           bool    `json:"raw,omitempty"`
}

func encodePathStep(s *analysis.PathStep) pathStepJSON {
	d := pathStepJSON{
		Label: s.Label, ID: s.Item.ID, Type: s.Item.Type,
		Class: orNull(s.Item.Class, s.Item.HasClass || s.Item.Class != ""), RetainedBytes: s.Retained,
	}
	d.Raw = latin1(&d.Label, &d.ID, &d.Type, d.Class)
	return d
}

type makerJSON struct {
	This     *string       `json:"this"`
	Captures []string      `json:"captures"`
	Share    float64       `json:"share"`
	Source   *declaredJSON `json:"source,omitempty"`
	Raw      bool          `json:"raw,omitempty"`
}

func encodeMaker(m *leaks.Maker) makerJSON {
	d := makerJSON{This: orNull(m.This, m.This != ""), Captures: append([]string{}, m.Captures...), Share: m.Share, Source: encodeDeclared(m.Source)}
	texts := []*string{d.This}
	for i := range d.Captures {
		texts = append(texts, &d.Captures[i])
	}
	d.Raw = latin1(texts...)
	return d
}

type headerJSON struct {
	MemoryUsage         uint64 `json:"memory_usage"`
	MemoryUsageReal     uint64 `json:"memory_usage_real"`
	PeakMemoryUsage     uint64 `json:"peak_memory_usage"`
	PeakMemoryUsageReal uint64 `json:"peak_memory_usage_real"`
}
