package livetest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	xhtml "golang.org/x/net/html"
)

// gfm makes of Markdown what GitHub does, HTML in it included.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))

// marked are the elements that this program's Markdown may become.
var marked = words("p h1 h2 h3 h4 ul ol li table thead tbody tr th td code pre strong br hr blockquote details summary")

// notifies are what GitHub and GitLab make links, pictures and notifications of,
// in the text of a page outside code.
var notifies = regexp.MustCompile(`(?i)(?:^|[^\w` + "`" + `])@[a-z0-9]|[\w.+-]+@[\w-]+\.\w|(?:^|\W)[#!&$%~][0-9]|\bGH-[0-9]|://|\bwww\.|mailto:|(?:^|\W):(?:[+-]1|[a-z][a-z0-9_+-]*):`)

// Markdown reads a page as GitHub and GitLab do: rendered first, and then searched
// for mentions.
func Markdown(text string) (live []string) {
	live = Text(text)
	var page bytes.Buffer
	if err := gfm.Convert([]byte(text), &page); err != nil {
		return append(live, err.Error())
	}
	return append(live, walk(page.String(), func(t xhtml.Token) string {
		if !marked[t.Data] {
			return "the element " + t.String()
		}
		for _, a := range t.Attr {
			if a.Key != "style" && a.Key != "align" && !(a.Key == "class" && strings.HasPrefix(a.Val, "language-")) && !(t.Data == "ol" && a.Key == "start") && a.Key != "open" && a.Key != "id" {
				return "the attribute in " + t.String()
			}
		}
		return ""
	}, func(text string) string {
		if at := notifies.FindStringIndex(text); at != nil {
			return "it links or notifies" + around(text, at[0])
		}
		return ""
	})...)
}

// walk walks over a page: its tags, and its text outside code.
func walk(page string, tag func(xhtml.Token) string, text func(string) string) (live []string) {
	code := 0
	var run strings.Builder // text without an element between
	flush := func() {
		if s := text(run.String()); s != "" {
			live = append(live, s)
		}
		run.Reset()
	}
	for z := xhtml.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		t := z.Token()
		switch kind {
		case xhtml.ErrorToken:
			flush()
			return live
		case xhtml.TextToken:
			if code == 0 {
				run.WriteString(t.Data)
			}
			continue
		case xhtml.CommentToken, xhtml.DoctypeToken:
			if s := tag(t); s != "" && kind == xhtml.CommentToken {
				live = append(live, "a comment "+t.String())
			}
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			if s := tag(t); s != "" {
				live = append(live, s)
			}
		}
		flush()
		if t.Data == "code" || t.Data == "pre" {
			switch kind {
			case xhtml.StartTagToken:
				code++
			case xhtml.EndTagToken:
				code--
			}
		}
	}
}

// HTML reads a page, and holds its tags and attributes against those of a page
// that was made in the same way of a harmless heap. Its text is for people.
func HTML(page, harmless string) (live []string) {
	known := map[string]bool{}
	names := func(t xhtml.Token) []string {
		list := []string{"<" + t.Data + ">"}
		for _, a := range t.Attr {
			list = append(list, t.Data+" "+a.Key)
		}
		return list
	}
	walk(harmless, func(t xhtml.Token) string {
		for _, n := range names(t) {
			known[n] = true
		}
		return ""
	}, func(string) string { return "" })
	scripts := func(page string) int { return strings.Count(strings.ToLower(page), "<script") }
	if n, want := scripts(page), scripts(harmless); n != want {
		live = append(live, fmt.Sprintf("%d scripts, want %d", n, want))
	}
	live = append(live, walk(page, func(t xhtml.Token) string {
		for _, n := range names(t) {
			if !known[n] {
				return "new: " + n
			}
		}
		for _, a := range t.Attr {
			if at := strings.ToLower(strings.TrimSpace(a.Val)); (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(at, "#") {
				return "a link to " + a.Val
			}
			if bad := Terminal(a.Val); len(bad) > 0 {
				return strings.Join(bad, "; ")
			}
		}
		return ""
	}, func(text string) string { return "" })...)
	return append(live, Text(strings.ReplaceAll(page, "\t", ""))...)
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
