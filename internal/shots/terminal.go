package main

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"memtrail/analysis/browse"
	"memtrail/analysis/leaks"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/report/explore"
)

// walk is a picture of the explorer: of which dump, and behind which keys.
type walk struct {
	file          string
	dump          string
	width, height int // columns and rows
	keys          []rune
}

var walks = []walk{
	{"explore.png", "testdata/ast.json.zst", 104, 24, []rune{
		'2', tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight, tea.KeyRight,
	}},
}

// screen is what a terminal shows behind the keys, as HTML.
func (w *walk) screen() (string, error) {
	in, err := dump.Open(w.dump, nil)
	if err != nil {
		return "", err
	}
	defer in.Close()
	g, info, err := graph.Build(in, 0)
	if err != nil {
		return "", err
	}
	r := retain.Retain(g, &info, retain.RetentionOptions{Allocated: true, Retained: true})
	found := leaks.Find(r, leaks.Options{Threshold: 0.1})
	m, b := explore.New(w.dump, found), browse.New(r, found.Source)
	send := func(msg tea.Msg) {
		asks := m.Update(msg)
		for len(asks) > 0 {
			asks = append(m.Update(asks[0](b)), asks[1:]...)
		}
	}
	send(tea.WindowSizeMsg{Width: w.width, Height: w.height})
	for _, k := range w.keys {
		key := tea.KeyPressMsg{Code: k}
		if k < 0x80 {
			key.Text = string(k)
		}
		send(key)
	}
	// Characters that no text has mark what is styled: text is still to be escaped.
	const begin, end = '\uE000', "\uE010"
	classes := []string{"title", "tab", "dim", "bar", "selected", "expression", "note"}
	var styles [7]func(string) string
	for i := range styles {
		styles[i] = func(text string) string { return string(begin+rune(i)) + text + end }
	}
	text := html.EscapeString(m.View(&explore.Styles{
		Title: styles[0], Tab: styles[1], Dim: styles[2], Bar: styles[3], Selected: styles[4], Expression: styles[5], Note: styles[6],
	}))
	for i, class := range classes {
		text = strings.ReplaceAll(text, string(begin+rune(i)), `<span class="`+class+`">`)
	}
	return strings.ReplaceAll(text, end, "</span>"), nil
}

// take shows the screen in the browser, in the colours of a dark terminal.
func (w *walk) take(ctx context.Context, dir string) error {
	text, err := w.screen()
	if err != nil {
		return err
	}
	page := filepath.Join(dir, w.file+".html")
	const style = `body{margin:0;background:#16181d;color:#d7dae0;display:inline-block}
pre{font:14px/1.25 "DejaVu Sans Mono",monospace;margin:12px}
.title,.tab{font-weight:bold}.tab,.expression{color:#6cc7d9}.dim{color:#868c99}.bar{color:#7fc36b}.note{color:#d9b45b}.selected{background:#d7dae0;color:#16181d}`
	if err := os.WriteFile(page, []byte("<!doctype html><meta charset=utf-8><style>"+style+"</style><pre>"+text+"</pre>"), 0o600); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate("file://"+filepath.ToSlash(page))); err != nil {
		return err
	}
	size, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`[document.body.offsetWidth, document.body.offsetHeight]`))
	if err != nil {
		return err
	}
	if len(size) != 2 {
		return fmt.Errorf("the page has the size %v", size)
	}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(size[0]), Height: int64(size[1]), DeviceScaleFactor: 1,
	}); err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("docs", "images", w.file), picture, 0o644)
}
