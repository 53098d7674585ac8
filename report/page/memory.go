package page

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"

	"memtrail/analysis/query"
	"memtrail/report"
)

// section draws the balance as a bar with a legend.
func (b *balance) section() g.Node {
	if b == nil {
		return nil
	}
	var bar, legend g.Group
	decimals := func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }
	for _, p := range b.Parts {
		ink := class("ink" + strconv.Itoa(p.Ink))
		if p.Rest {
			ink = class("rest")
		}
		if !p.Over {
			bar = append(bar, rect(ink, attr("x", decimals(p.X)), attr("y", "0"), attr("width", decimals(p.Width)), attr("height", "34")))
		}
		legend = append(legend, el("li", square(ink), inline(el("span", text(p.Name)), el("b", text(p.Size+" · "+p.Share)))))
	}
	return section("balance", "Where "+report.Size(b.Usage)+" went",
		svg("balance", "0 0 1000 34", stretched, bar),
		el("ul", class("legend"), legend))
}

// section draws memory over time.
func (v *curveView) section() g.Node {
	if v == nil {
		return nil
	}
	return section("curve", "Memory over time",
		quiet(v.Title),
		g.Iff(v.Full != nil, func() g.Node {
			return g.Group{
				el("div", class("chart curve"), el("div", class("full"), v.Full), el("div", class("wide"), v.Wide), el("div", class("narrow"), v.Narrow)),
				quiet("memory_usage as it was recorded, from zero. Filled: in use all the time; light: at times. Dotted lines are the dumps."),
			}
		}),
		g.Iff(v.FullLevels != nil, func() g.Node {
			return el("details", g.If(len(v.Notes) > 0, attr("open")), el("summary", text("With RSS, and what PHP has taken from the system")),
				el("div", class("chart curve"), el("div", class("full"), v.FullLevels), el("div", class("wide"), v.WideLevels), el("div", class("narrow"), v.NarrowLevels)),
				levelNames(&v.Last))
		}),
		el("p", text(v.Levels)),
		g.Map(v.Notes, note),
		optional(v.Left, quiet),
		g.If(len(v.Dumps.Titles) > 0, el("details", el("summary", text("The dumps")), table(&v.Dumps))))
}

// holders are those who hold most, and the map of all.
func (v *view) holders() g.Node {
	return section("holds", "Who holds the memory",
		quiet("A block is as wide as the memory that would be freed with it; below it lies what it keeps alive. What several hold is below none of them, but under (shared)."),
		el("ul", class("holders"), attr("id", "static"),
			g.Map(v.Top, func(b branch) g.Node { return b.element() }),
			g.Iff(v.TopMore != nil, func() g.Node { return counted(v.TopMore.Hidden, "item", v.TopMore.HiddenBytes) })),
		explorer{"", "Who holds the memory"}.element(),
		quiet(fmt.Sprintf("What keeps less than %s alive is summed up as “more”. Shares are of the %s that are explained.", report.Size(v.Least), report.Size(v.Explained))))
}

func (b *branch) element() g.Node {
	what := b.Class
	if b.Count > 1 {
		what += " ×" + report.Grouped(b.Count)
	}
	var below g.Node
	if len(b.Children) > 0 {
		below = el("ul", g.Map(b.Children, func(c branch) g.Node { return c.element() }), g.If(b.HiddenBytes > 0, counted(b.Hidden, "item", b.HiddenBytes)))
	}
	return el("li", inline(code(b.Label), kind(what), el("b", text(report.Size(b.Retained)+" · "+report.Percent(b.Share)))), below)
}

// types is the table of types, which a script sorts and filters.
func (v *view) types() g.Node {
	by := func(key string) g.Node { return attr("data-sort", key) }
	return section("types", "Types",
		el("div", class("tools script"),
			el("label", class("unseen"), attr("for", "filter"), text("Filter the types")),
			el("input", attr("id", "filter"), attr("type", "search"), attr("placeholder", "Filter"), attr("autocomplete", "off"), attr("spellcheck", "false")),
			el("span", attr("id", "shown"), attr("role", "status"), class("quiet"))),
		scroll("Types", el("table", attr("id", "type-table"),
			el("thead", el("tr", column("Type or class", false, by("name")), column("Count", true, by("count")), column("Allocated", true, by("allocated")),
				column("Kept alive", true, by("retained"), attr("aria-sort", "descending")), column("Share", false))),
			el("tbody", g.Map(v.Types, func(r typeRow) g.Node { return r.row() })))),
		el("p", class("script"), el("button", attr("type", "button"), attr("id", "all-types"), text("Show all"))),
		g.Iff(v.MoreTypes > 0, func() g.Node { return quiet(strconv.Itoa(v.MoreTypes) + " more types keep less alive than these.") }),
		quiet("What items of a type keep alive contains what is below them, so that the rows overlap. Open a row to see whose objects hold them: the nearest object that alone keeps an item alive; items of the type that others of it keep alive are not counted there."))
}

func (r *typeRow) row() g.Node {
	name := code(r.Name)
	if len(r.Held) > 0 {
		more := g.Iff(r.MoreHeld > 0, func() g.Node {
			return el("li", text(strconv.Itoa(r.MoreHeld)+" more: "), el("b", text(report.Size(r.RestHeld.RetainedBytes))))
		})
		name = el("details", el("summary", name), el("ul", class("held"), g.Map(r.Held, func(x query.Holder) g.Node {
			return el("li", code(x.Class), text(" holds "+report.Grouped(x.Count)+": "), el("b", text(report.Size(x.RetainedBytes))))
		}), more))
	}
	bar := svg("", "0 0 100 8", stretched, rect(class("track"), attr("width", "100"), attr("height", "8")),
		rect(class("fill"), attr("width", strconv.FormatUint(r.Width, 10)), attr("height", "8")))
	return el("tr", el("th", attr("scope", "row"), name), sortable(r.Count, report.Grouped(r.Count)), sortable(r.Allocated, report.Size(r.Allocated)),
		sortable(r.Bytes, report.Size(r.Bytes)), el("td", class("share"), bar, text(" "+report.Percent(r.Share))))
}

// section draws the map of the heap.
func (v *heapView) section() g.Node {
	if v == nil {
		return nil
	}
	look := "tiles"
	if v.Small {
		look = "tiles small"
	}
	return section("heap", "Heap map",
		quiet(v.Of+". Each field is a chunk of 2 MiB, each cell in it a page of 4 KiB."),
		el("ul", class("colors"), g.Map(v.Legend, func(c report.HeapColor) g.Node {
			fill := class("free")
			if c.Color != "" {
				fill = attr("fill", c.Color)
			}
			return el("li", square(fill), text(c.Text))
		})),
		el("div", class(look), g.Map(v.Tiles, func(t tile) g.Node {
			return el("figure", el("img", attr("src", t.Picture), attr("alt", ""), attr("width", "255"), attr("height", "127")),
				g.If(!v.Small, el("figcaption", code(t.Address), text(" "+t.Share))))
		})),
		g.Iff(v.More > 0, func() g.Node { return quiet(strconv.Itoa(v.More) + " more chunks.") }),
		g.If(len(v.Huge) > 0, el("ul", g.Map(v.Huge, func(s string) g.Node { return el("li", text(s)) }),
			g.If(v.MoreHuge > 0, el("li", text(strconv.Itoa(v.MoreHuge)+" more huge blocks"))))))
}

// section lists what compiled code takes.
func (v *codeView) section() g.Node {
	if v == nil {
		return nil
	}
	other := ""
	if v.Other > 0 {
		other = ", " + report.Size(v.Other) + " of it of no file of the program"
	}
	return section("code", "Compiled code",
		quiet(report.Size(v.Bytes)+" of PHP's heap are classes, functions and literals"+other+". What opcache shares between processes lies elsewhere."),
		el("div", class("thirds"), g.Map(v.Tables, func(t codeTable) g.Node { return t.table() })))
}

func (t *codeTable) table() g.Node {
	rows := g.Map(t.Rows, func(r codeRow) g.Node {
		return el("tr", el("th", attr("scope", "row"), inline(code(r.Name), optional(r.Of, kind))), number(report.Size(r.Bytes)))
	})
	if t.More > 0 {
		rows = append(rows, el("tr", el("th", attr("scope", "row"), text(strconv.Itoa(t.More)+" more")), number(report.Size(t.Rest))))
	}
	return scroll(t.Title, el("table", el("thead", el("tr", column(t.Title, false), column("Bytes", true))), el("tbody", rows)))
}
