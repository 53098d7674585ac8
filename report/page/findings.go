package page

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"

	"memtrail/report"
)

func fingerprint(s string) g.Node { return el("span", class("print"), text(s)) }

// section says what grows, and what a gate makes of it, which may be nil.
func (v *growthView) section(gate *report.GateVerdict) g.Node {
	if v == nil {
		return nil
	}
	return section("grows", "What grows",
		el("p", class("lead"), words(v.Verdict)),
		g.Iff(gate != nil, func() g.Node {
			return el("p", code("analyzer gate"), text(" says "), el("b", class("gate "+gate.Word), text(gate.Word)), text(": "+gate.Summary))
		}),
		g.Map(v.Caveats, noteOf),
		el("div", class("beside"), v.Usage.usage(),
			g.Iff(v.Levels != nil, func() g.Node { return v.Levels.usage() }),
			el("div", g.Map(v.Span, func(t report.Text) g.Node { return el("p", class("quiet"), words(t)) }),
				g.Map(v.Notes, func(s string) g.Node { return el("p", text(s)) }))),
		g.Map(v.Places, func(p placeView) g.Node { return p.article() }),
		g.If(len(v.Unexplained) > 0, el("article", class("finding"), el("h3", text("Unexplained memory grows")), remarks(v.Unexplained), el("ul", g.Map(v.Hints, item)))))
}

// usage is a chart with its title, and what its lines end at.
func (c *chart) usage() g.Node {
	if c == nil {
		return nil
	}
	var ends g.Group
	for i, l := range c.Lines {
		ends = append(ends, el("li", class(l.Ink), text(l.Name+": "), el("b", text(c.Last[i])), text(" at the end")))
	}
	return el("div", el("h3", text(c.Title)), c.drawing(), el("ul", class("lines"), ends))
}

func (p *placeView) article() g.Node {
	status := optional(p.Status, func(s string) g.Node { return el("span", class("status "+s), text(s)) })
	return el("article", class("finding"), attr("id", "grows-"+strconv.Itoa(p.Number)),
		el("h3", inline(words(p.Headline), fingerprint(p.Fingerprint), status)),
		el("div", class("beside"),
			g.Iff(p.Chart != nil, func() g.Node { return el("div", quiet(p.Chart.Title), p.Chart.drawing()) }),
			el("div", path(p.Path, p.Lines), remarks(p.Remarks))),
		g.If(p.Node >= 0, el("p", class("actions script"), show(p.Node))),
		command(p.Next))
}

// section says what changed, with a map.
func (v *changeView) section() g.Node {
	if v == nil {
		return nil
	}
	places := g.Node(el("p", text("Nothing changed that is worth a line.")))
	if len(v.Places) > 0 {
		places = scroll("What changed most", el("table", attr("id", "changes"),
			el("thead", el("tr", column("Where", false), column("Type or class", false), column("Count", true), column("Before", true), column("After", true), column("Change", true))),
			el("tbody", g.Map(v.Places, func(p changedPlace) g.Node { return p.row() }))))
	}
	return section("change", "Before and after",
		el("p", class("quiet"), text("From "), code(v.First), text(" to "), code(v.Last),
			text(fmt.Sprintf(": what hangs on variables and statics went from %s to %s, %s. What kept less than %s alive counts as nothing.",
				report.Size(v.Before), report.Size(v.After), report.ChangedSize(v.Net), report.Size(v.Unseen)))),
		places,
		g.Iff(v.More > 0, func() g.Node { return quiet(strconv.Itoa(v.More) + " more places changed by less.") }),
		el("p", class("quiet script"), text("A block is as wide as all that it held, before or after: red grew, blue shrank.")),
		explorer{"change-", "What changed"}.element())
}

func (p *changedPlace) row() g.Node {
	way := "less"
	if p.Net >= 0 {
		way = "more"
	}
	return el("tr", el("th", attr("scope", "row"), code(p.Path)), el("td", text(p.Class)), number(p.Counts), number(report.Size(p.Before)), number(report.Size(p.After)),
		el("td", class("number "+way), text(report.ChangedSize(p.Net)+" "), el("span", class("status"), text(string(p.Changed)))))
}

// suspects are the suspects of the dump, and what is large but looks innocent.
func (v *view) suspects() g.Node {
	return section("suspects", "Suspects",
		quiet("Places where much has come together in a shape that leaks have. One dump shows what is large, not what grows."),
		g.If(len(v.Suspects) == 0, el("p", text(v.Leaks))),
		g.Map(v.Suspects, func(s suspect) g.Node { return s.article() }),
		g.If(len(v.Innocents) > 0, g.Group{el("h3", text("Large, but looks innocent")), g.Map(v.Innocents, func(s suspect) g.Node { return s.innocent() })}))
}

func (s *suspect) id() g.Node { return attr("id", "suspect-"+strconv.Itoa(s.Number)) }

func (s *suspect) article() g.Node {
	grows := g.Iff(s.Finding > 0, func() g.Node {
		return g.Group{text(" "), el("a", attr("href", "#grows-"+strconv.Itoa(s.Finding)), text("It grows: see the curve."))}
	})
	copied := optional(s.Expression, func(expression string) g.Node {
		return el("button", attr("type", "button"), class("copy"), attr("data-copy", expression), text("Copy expression"))
	})
	return el("article", class("finding "+s.Confidence), s.id(),
		el("h3", inline(words(s.Headline), fingerprint(s.Fingerprint))),
		el("p", class("quiet"), text(s.Trust+"."), grows),
		path(s.Path, s.Lines),
		remarks(s.Remarks),
		el("ul", class("reasons"),
			g.Map(s.For, func(t report.Text) g.Node { return el("li", class("for"), words(t)) }),
			g.Map(s.Against, func(t report.Text) g.Node {
				return el("li", class("against"), inline(el("b", text("But:")), words(t)))
			})),
		el("p", class("actions script"), inline(show(s.Node), copied)),
		command(s.Next))
}

func (s *suspect) innocent() g.Node {
	return el("article", class("finding innocent"), s.id(),
		el("h4", words(s.Headline)), el("p", text(s.Innocent)), el("p", class("actions script"), show(s.Node)))
}
