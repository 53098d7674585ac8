package page

import (
	g "maragu.dev/gomponents"

	"memtrail/report"
)

// document is the page from its first element to its last, a section a line.
func (v *view) document() g.Node {
	return g.Group{g.Raw("<!doctype html>\n"), el("html", attr("lang", "en"), lines(
		el("head", lines(
			el("meta", attr("charset", "utf-8")),
			policyElement,
			el("meta", attr("name", "viewport"), attr("content", "width=device-width, initial-scale=1")),
			el("meta", attr("name", "color-scheme"), attr("content", "light dark")),
			el("meta", attr("name", "referrer"), attr("content", "no-referrer")),
			el("title", text("Memory of a PHP process: "+v.Title)),
			styleElement,
		)),
		el("body", lines(
			v.bar(),
			el("main", attr("id", "top"), lines(
				v.verdict(),
				v.Balance.section(),
				v.Curve.section(),
				v.Growth.section(v.Gate),
				v.Change.section(),
				v.suspects(),
				v.holders(),
				v.types(),
				v.Heap.section(),
				v.Code.section(),
				v.besides(),
				v.certainty(),
				v.footer(),
			)),
			v.Data, v.ChangeData, scriptElement,
		)),
	))}
}

// lines are nodes on a line each. Nodes that are nil are left out.
func lines(nodes ...g.Node) g.Node {
	all := g.Group{text("\n")}
	for _, n := range nodes {
		if n != nil {
			all = append(all, n, text("\n"))
		}
	}
	return all
}

// bar links to the sections.
func (v *view) bar() g.Node {
	link := func(there bool, id, title string) g.Node {
		return g.If(there, el("a", attr("href", "#"+id), text(title)))
	}
	return el("header", class("bar"), el("nav", attr("aria-label", "Sections"), inline(
		link(true, "top", "Summary"),
		link(v.Curve != nil, "curve", "Over time"),
		link(v.Growth != nil, "grows", "What grows"),
		link(v.Change != nil, "change", "Before and after"),
		link(true, "suspects", "Suspects"),
		link(true, "holds", "Who holds it"),
		link(true, "types", "Types"),
		link(v.Heap != nil, "heap", "Heap map"),
		link(v.Code != nil, "code", "Code"),
		link(true, "sure", "How sure"))))
}

// verdict is the head of the page.
func (v *view) verdict() g.Node {
	return el("div", class("head"),
		el("p", class("name"), text("Memory of a PHP process · "), code(v.Title)),
		el("h1", g.If(v.Alarm, class("alarm")), words(v.Verdict)),
		optional(v.Remark, func(s string) g.Node { return el("p", class("remark"), text(s)) }),
		el("ul", class("chips"),
			g.Map(v.Chips, func(c chip) g.Node { return el("li", class(c.Kind), text(c.Text)) }),
			g.If(v.Redacted, el("li", text("keys are hidden")))))
}

// besides is what a capture has that belongs to no value of the program.
func (v *view) besides() g.Node {
	c := &v.Check
	if len(c.Native)+len(c.Lost)+len(c.Uncollected)+len(c.Process) == 0 {
		return nil
	}
	return section("captured", "Beside the program's values", blocks(c.Uncollected), blocks(c.Lost), blocks(c.Native), blocks(c.Process))
}

// certainty says how much of this is sure.
func (v *view) certainty() g.Node {
	c := &v.Check
	return section("sure", "How sure is this",
		el("p", class("lead"), text(c.Verdict)),
		blocks(v.Caveats), remarks(c.Facts), blocks(c.Causes),
		g.If(len(c.Bounds)+len(c.Flaws) > 0, el("details", el("summary", text("What cannot be told exactly, and why")), blocks(c.Bounds), blocks(c.Flaws))))
}

func (v *view) footer() g.Node {
	version := optional(v.Version, func(s string) g.Node { return text(" " + s) })
	return el("footer", el("p", text("Made by "), code("analyzer report"), version,
		text(". This file asks nothing of the network. Names in it are those of the dump. Kept alive: what would be freed with it.")))
}

// counted is a number with its noun and what it takes.
func counted(n uint64, noun string, bytes uint64) g.Node {
	return el("li", class("more"), text(report.Count(n, noun)+" more, "), el("b", text(report.Size(bytes))))
}
