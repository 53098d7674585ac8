package page

import (
	"strconv"

	g "maragu.dev/gomponents"

	"memtrail/report"
)

// What the sections of a page have in common. Text and values of attributes go
// through text, attr and class, which escape them. [g.Raw] is for what this package
// writes itself: the script, the style, the policy, drawings and the tree as JSON.
// Names of elements and attributes are constants; no address, style or script is
// made of a name.

// el, attr and text are functions of the library that are not inlined: each of the
// hundreds of calls would have a copy of the closure that writes the element, half a
// megabyte of code.
//
//go:noinline
func el(name string, content ...g.Node) g.Node { return g.El(name, content...) }

// attr is an attribute; without a value one that is there or not.
//
//go:noinline
func attr(name string, value ...string) g.Node { return g.Attr(name, value...) }

//go:noinline
func text(s string) g.Node { return g.Text(s) }

func class(names string) g.Node { return attr("class", names) }

// section is a part of the page that the bar links to by its id.
func section(id, title string, content ...g.Node) g.Node {
	return el("section", attr("id", id), attr("aria-labelledby", id+"-title"), el("h2", attr("id", id+"-title"), text(title)), g.Group(content))
}

// inline are nodes with a blank between them. Nodes that are nil are left out.
func inline(nodes ...g.Node) g.Node {
	var all g.Group
	for _, n := range nodes {
		switch {
		case n == nil:
		case len(all) > 0:
			all = append(all, text(" "), n)
		default:
			all = append(all, n)
		}
	}
	return all
}

// optional is a node made of a text; nil if there is none.
func optional(s string, node func(string) g.Node) g.Node {
	if s == "" {
		return nil
	}
	return node(s)
}

func code(s string) g.Node  { return el("code", text(s)) }
func kind(s string) g.Node  { return el("span", class("kind"), text(s)) }
func quiet(s string) g.Node { return el("p", class("quiet"), text(s)) }
func note(s string) g.Node  { return el("p", class("note"), text(s)) }

// noteOf is a text that the reader should not overlook.
func noteOf(t report.Text) g.Node { return el("p", class("note"), words(t)) }

// words is a text whose names and commands are marked.
func words(t report.Text) g.Node {
	return g.Map(t, func(s report.TextSpan) g.Node {
		if s.Command || s.Name {
			return code(s.Text)
		}
		return text(s.Text)
	})
}

func item(t report.Text) g.Node { return el("li", words(t)) }

func remarks(list []report.RemarkText) g.Node {
	return el("dl", class("remarks"), g.Map(list, func(r report.RemarkText) g.Node {
		return g.Group{el("dt", text(r.Title)), el("dd", words(r.Text))}
	}))
}

// path draws a path from a root, and the code that adds to its end or removes
// from it.
func path(steps []report.StepText, lines []report.RemarkText) g.Node {
	if len(steps) == 0 && len(lines) == 0 {
		return nil
	}
	return el("div", class("path"),
		g.If(len(steps) > 0, el("ol", g.Map(steps, func(s report.StepText) g.Node {
			size := func(size string) g.Node { return el("span", class("size"), text(size)) }
			return el("li", inline(code(s.Label), kind(s.Name), optional(s.Size, size)))
		}))),
		g.If(len(lines) > 0, el("ul", class("code"), g.Map(lines, func(r report.RemarkText) g.Node {
			return el("li", class(r.Title), inline(el("b", text(r.Title)), words(r.Text)))
		}))))
}

// command is a command with a button that copies it.
func command(s string) g.Node {
	return el("div", class("command"), code(s),
		el("button", attr("type", "button"), class("copy script"), attr("data-copy", s), text("Copy"), el("span", class("unseen"), text(" the command "+s))))
}

// show is the button that opens a node in the map; nil for none.
func show(node int) g.Node {
	if node < 0 {
		return nil
	}
	return el("button", attr("type", "button"), attr("data-show", strconv.Itoa(node)), text("Show in the map"))
}

func blocks(list []report.Block) g.Node {
	return g.Map(list, func(b report.Block) g.Node {
		switch {
		case len(b.Titles) > 0:
			return table(&b)
		case b.Command:
			return command(b.Text)
		}
		look := ""
		if b.Note {
			look = "note"
		}
		if b.Level > 0 {
			look += " level" + strconv.Itoa(b.Level)
		}
		return el("p", class(look), text(b.Text))
	})
}

// scroll is what scrolls by itself where it is too wide, with a name for readers
// that do not see it.
func scroll(label string, content ...g.Node) g.Node {
	return el("div", class("scroll"), attr("tabindex", "0"), attr("role", "group"), attr("aria-label", label), g.Group(content))
}

// column is the title of a column.
func column(title string, numeric bool, more ...g.Node) g.Node {
	return el("th", attr("scope", "col"), ifNumber(numeric), g.Group(more), text(title))
}

func ifNumber(numeric bool) g.Node { return g.If(numeric, class("number")) }

// number is a cell of a number.
func number(s string) g.Node { return el("td", class("number"), text(s)) }

// sortable is a cell whose column sorts by a value.
func sortable(value uint64, s string) g.Node {
	return el("td", class("number"), attr("data-value", strconv.FormatUint(value, 10)), text(s))
}

func table(b *report.Block) g.Node {
	var body g.Group
	var titles g.Group
	for i, title := range b.Titles {
		if title == "" {
			titles = append(titles, el("th", attr("scope", "col"), ifNumber(b.Numeric[i]), el("span", class("unseen"), text("Name"))))
		} else {
			titles = append(titles, column(title, b.Numeric[i]))
		}
	}
	head := el("thead", el("tr", titles))
	for _, row := range b.Rows {
		var cells g.Group
		for i, s := range row {
			cells = append(cells, el("td", ifNumber(b.Numeric[i]), text(s)))
		}
		body = append(body, el("tr", cells))
	}
	return scroll("Table", el("table", head, el("tbody", body)))
}

// svg is a small drawing that says nothing that is not said beside it.
func svg(look, box string, content ...g.Node) g.Node {
	return el("svg", g.If(look != "", class(look)), attr("viewBox", box), attr("aria-hidden", "true"), attr("focusable", "false"), g.Group(content))
}

// stretched has a drawing take the form of its place.
var stretched = attr("preserveAspectRatio", "none")

func rect(attributes ...g.Node) g.Node { return g.El("rect", attributes...) }

// square is the color in a legend.
func square(of ...g.Node) g.Node {
	return svg("key", "0 0 12 12", rect(g.Group(of), attr("width", "12"), attr("height", "12"), attr("rx", "2")))
}

// drawing is a chart in its two widths.
func (c *chart) drawing() g.Node {
	return el("div", class("chart"), el("div", class("wide"), c.Wide), el("div", class("narrow"), c.Narrow))
}

// explorer is a map with its search, list and crumbs. The ids of its elements
// begin with a prefix: a page may have two.
type explorer struct{ prefix, title string }

// isChange reports whether it shows what changed.
func (e explorer) isChange() bool { return e.prefix != "" }

func (e explorer) id(name string) g.Node { return attr("id", e.prefix+name) }

func (e explorer) element() g.Node {
	label, placeholder := "Find a class, property or key", "Find a class, property or key  ( / )"
	if e.isChange() {
		label, placeholder = "Find a class, property or key of what changed", "Find a class, property or key"
	}
	view := func(id, title, pressed string) g.Node {
		return el("button", attr("type", "button"), e.id(id), attr("aria-pressed", pressed), text(title))
	}
	return el("div", e.id("explorer"), class("explorer script"),
		el("div", class("tools"),
			el("label", class("unseen"), attr("for", e.prefix+"search"), text(label)), text("\n"),
			el("input", e.id("search"), class("search"), attr("type", "search"), attr("placeholder", placeholder), attr("autocomplete", "off"), attr("spellcheck", "false")), text("\n"),
			el("div", class("choice"), attr("role", "group"), attr("aria-label", "View of: "+e.title), view("as-map", "Map", "true"), view("as-list", "List", "false"))),
		el("p", e.id("found"), attr("role", "status"), class("quiet")),
		el("ul", e.id("hits"), class("hits"), attr("hidden")),
		el("nav", e.id("crumbs"), class("crumbs"), attr("aria-label", "Where the map starts: "+e.title)),
		e.legend(),
		el("div", e.id("map"), class("map"), attr("role", "tree"), attr("aria-label", e.title)),
		el("ol", e.id("list"), class("list"), attr("hidden")),
		el("div", e.id("detail"), class("detail"), attr("role", "status")),
		el("p", class("actions"), inline(
			el("button", attr("type", "button"), e.id("copy-expression"), class("copy"), text("Copy expression")),
			el("button", attr("type", "button"), e.id("copy-command"), class("copy"), text("Copy command")))))
}

// legend says what the colors of the map stand for, and which keys it has.
func (e explorer) legend() g.Node {
	colors := [][2]string{{"array", "array"}, {"object", "object"}, {"string", "string"}, {"other", "other"}, {"suspect", "suspect"}}
	keys := "arrows move · Enter zooms · Esc goes up · / finds"
	if e.isChange() {
		colors = [][2]string{{"grew3", "new, or mostly"}, {"grew1", "grew"}, {"same0", "the same"}, {"shrank1", "shrank"}, {"shrank3", "gone, or mostly"}}
		keys = "arrows move · Enter zooms · Esc goes up"
	}
	colors = append(colors, [2]string{"more", "left out"})
	return el("p", e.id("keys"), class("keys"),
		g.Map(colors, func(c [2]string) g.Node { return el("span", el("i", class("cell "+c[0])), text(c[1])) }),
		el("span", class("hint"), text(keys)))
}
