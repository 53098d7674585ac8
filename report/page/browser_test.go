package page

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"memtrail/analysis/overview"
	"memtrail/internal/browsertest"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/report"
)

// A session is a browser with a page in it, and what that page did.
type session struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string // but for data:
	messages []string // of the console, errors and reports of the policy
}

// open starts Chromium, or skips the test where there is none.
func open(t *testing.T) *session {
	t.Helper()
	ctx := browsertest.Open(t)
	s := &session{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, s.note); err != nil {
		t.Fatal(err)
	}
	return s
}

// note keeps what the page asked for and said.
func (s *session) note(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			s.requests = append(s.requests, e.Request.URL)
		}
	case *log.EventEntryAdded:
		s.messages = append(s.messages, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		s.messages = append(s.messages, fmt.Sprint(e.Type))
	case *runtime.EventExceptionThrown:
		s.messages = append(s.messages, e.ExceptionDetails.Text)
	}
}

func (s *session) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// eval gives the value of an expression in the page.
func eval[T any](s *session, expression string) T {
	s.t.Helper()
	v, err := chromedp.Run(s.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		s.t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// load opens a file, and forgets what pages before it did.
func (s *session) load(path string) {
	s.t.Helper()
	s.mu.Lock()
	s.requests, s.messages = nil, nil
	s.mu.Unlock()
	s.do(chromedp.Navigate("file://" + filepath.ToSlash(path)))
}

// look sets the width of the window and the mode of the reader.
func (s *session) look(width int64, scheme string) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(width, 900))
	s.media("", scheme)
}

func save(t *testing.T, p *Page) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(write(t, p)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// axe is the source of axe-core; "" where it is not there.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "."
	}
	for _, dir := range []string{os.Getenv("MEMTRAIL_BROWSER"), filepath.Join(cache, "memtrail-browser")} {
		if text, err := os.ReadFile(filepath.Join(dir, "axe.min.js")); err == nil && dir != "" {
			return string(text)
		}
	}
	if browsertest.Required() {
		t.Fatal("MEMTRAIL_BROWSER_REQUIRED is set, and there is no axe-core")
	}
	t.Log("no axe-core; .ci/browser-install installs it")
	return ""
}

// browserPages make pages of a sound dump, a damaged one, a series and hostile
// names.
var browserPages = map[string]func(*testing.T) *Page{
	"ast":       func(t *testing.T) *Page { return pageOf(t, dumptest.Load(t, "ast.json.zst")) },
	"truncated": func(t *testing.T) *Page { return pageOf(t, dumptest.Load(t, "truncated-deep-list.json.gz")) },
	"series":    seriesPage,
	"hostile":   hostilePage,
	"recorded":  recordedPage,
}

func seriesPage(t *testing.T) *Page {
	t.Helper()
	var texts [][]byte
	for i := range 3 {
		texts = append(texts, dumptest.Load(t, fmt.Sprintf("series/cache_service-%d.json.gz", i+1)))
	}
	p := pageOf(t, texts[2])
	p.Growth, p.Before, p.First = seriesOf(t, texts...), treeOf(t, texts[0]), "cache_service-1.json.gz"
	return p
}

func hostilePage(t *testing.T) *Page {
	t.Helper()
	b := dumpbuild.New()
	for i, name := range hostileNames {
		list := dumpbuild.NewArray()
		for j := range 30 {
			list.Add(fmt.Sprint(name, j), dumpbuild.NewObject(name, dumpbuild.To(name, dumpbuild.NewString(uint64(400+i)))))
		}
		b.Global(fmt.Sprint(name, i), list)
	}
	return pageOf(t, b.Dump().PrintUsual())
}

// TestBrowser runs all that is tested in one browser: to start one takes as long
// as most of the tests.
func TestBrowser(t *testing.T) {
	cases.OnlyFull(t, "a browser starts")
	s := open(t)
	for _, test := range []struct {
		name string
		full bool // only with -full
		run  func(*testing.T, *session)
	}{
		{"pages", false, testPages},
		{"input", false, testInput},
		{"change", true, testChange},
		{"print", true, testPrint},
		{"policy", true, testPolicy},
		{"numbers", true, testNumbers},
		{"speed", true, testSpeed},
	} {
		if test.full && !cases.Full() {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			s.t = t
			test.run(t, s)
		})
	}
}

// testPages looks at pages as their readers do: one request, no message, no
// finding of axe-core, nothing that sticks out at the side, no text that is too
// small; wide and narrow, light and dark.
func testPages(t *testing.T, s *session) {
	source := axe(t)
	type view struct {
		page   string
		width  int64
		scheme string
	}
	var views []view
	for name := range browserPages {
		for _, width := range []int64{1280, 768, 375} {
			views = append(views, view{name, width, "light"}, view{name, width, "dark"})
		}
	}
	slices.SortFunc(views, func(a, b view) int {
		return cmp.Or(strings.Compare(a.page, b.page), cmp.Compare(a.width, b.width), strings.Compare(a.scheme, b.scheme))
	})
	paths := map[string]string{}
	for _, v := range cases.Sample(views, 1, 0) {
		path, ok := paths[v.page]
		if !ok {
			path = save(t, browserPages[v.page](t))
			paths[v.page] = path
		}
		at := fmt.Sprintf("%s at %d px, %s", v.page, v.width, v.scheme)
		s.look(v.width, v.scheme)
		s.load(path)
		if !eval[bool](s, `document.documentElement.classList.contains("scripted") && byId("map").children.length + byId("list").children.length > 0`) {
			t.Errorf("%s: the script did not run", at)
		}
		if sideways := eval[int](s, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); sideways > 0 {
			t.Errorf("%s: %d px stick out", at, sideways)
		}
		if small := eval[string](s, smallText); small != "" {
			t.Errorf("%s: small text: %s", at, small)
		}
		s.mu.Lock()
		if len(s.requests) != 1 || len(s.messages) > 0 {
			t.Errorf("%s: requests %q, messages %q", at, s.requests, s.messages)
		}
		s.mu.Unlock()
		if source != "" {
			s.check(at, source)
		}
	}
}

// smallText is the first text of a page that is smaller than 11 px.
const smallText = `(() => {
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length || ['SCRIPT', 'STYLE'].includes(e.tagName)) continue;
    let px = parseFloat(getComputedStyle(e).fontSize);
    const svg = e.closest('svg');
    if (svg) px *= svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    if (px < 10.99) return px + ' px: ' + e.textContent.slice(0, 40);
  }
  return '';
})()`

// check asks axe-core for violations.
func (s *session) check(at, source string) {
	s.t.Helper()
	eval[bool](s, source+"\n;true")
	text := eval[string](s, `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, nodes: v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)}))))`)
	var violations []struct {
		ID    string
		Nodes []string
	}
	if err := json.Unmarshal([]byte(text), &violations); err != nil {
		s.t.Fatal(err)
	}
	for _, v := range violations {
		s.t.Errorf("%s: %s: %.700q", at, v.ID, v.Nodes)
	}
}

// The policy refuses what the page does not have itself.
func testPolicy(t *testing.T, s *session) {
	s.load(save(t, hostilePage(t)))
	if title := eval[string](s, "document.title"); title != "Memory of a PHP process: test.json" {
		t.Errorf("the title is %q", title)
	}
	for what, expression := range map[string]string{
		"a script":  `(() => { const e = document.createElement("script"); e.textContent = "window.injected = true"; document.body.append(e); return window.injected === true })()`,
		"a handler": `(() => { document.body.insertAdjacentHTML("beforeend", "<a id=trap onclick='window.injected = true'>x</a>"); document.getElementById("trap").click(); return window.injected === true })()`,
		"eval":      `(() => { const e = document.createElement("a"); try { e.setAttribute("onclick", "window.injected = true"); e.click() } catch { } return window.injected === true })()`,
	} {
		if eval[bool](s, expression) {
			t.Errorf("%s ran", what)
		}
	}
	if refused := eval[string](s, `fetch("http://127.0.0.1:9/").then(() => "sent", (e) => "refused")`); refused != "refused" {
		t.Error("a request was sent")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.messages, func(m string) bool { return strings.Contains(m, "Content Security Policy") }) {
		t.Errorf("the policy reported nothing: %q", s.messages)
	}
}

// Sizes and numbers are written by the script as by the program.
func testNumbers(t *testing.T, s *session) {
	s.load(save(t, pageOf(t, dumptest.Load(t, "talk-1k.json.gz"))))
	for _, n := range []uint64{0, 1, 1023, 1024, 1075, 10188, 10189, 10240, 1048575, 1 << 20, 10433331, 1234567890, 5 << 40} {
		if got, want := eval[string](s, fmt.Sprintf("size(%d)", n)), report.Size(n); got != want {
			t.Errorf("size(%d) is %s, want %s", n, got, want)
		}
		if got, want := eval[string](s, fmt.Sprintf("grouped(%d)", n)), report.Grouped(n); got != want {
			t.Errorf("grouped(%d) is %s, want %s", n, got, want)
		}
	}
	for _, x := range []float64{0, 0.0004, 0.0005, 0.123, 0.9999, 1} {
		if got, want := eval[string](s, fmt.Sprintf("percent(%g)", x)), report.Percent(x); got != want {
			t.Errorf("percent(%g) is %s, want %s", x, got, want)
		}
	}
}

// The map, the search, the table and copying, by real keys and clicks.
func testInput(t *testing.T, s *session) {
	s.look(1280, "light")
	s.load(save(t, pageOf(t, dumptest.Load(t, "ast.json.zst"))))
	if _, err := chromedp.CallBrowser(s.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
	}); err != nil {
		t.Fatal(err)
	}
	text := func(selector string) string {
		return eval[string](s, fmt.Sprintf("document.querySelector(%q).textContent", selector))
	}
	expect := func(what, got, part string) {
		t.Helper()
		if !strings.Contains(got, part) {
			t.Errorf("%s: %q has no %q", what, got, part)
		}
	}
	// A suspect in the map.
	s.do(chromedp.Click(chromedp.CSS(`#suspect-1 [data-show]`)))
	expect("show in map", text("#detail"), "would be freed with $asts")
	// Keys: down, Enter, up, Escape.
	s.do(chromedp.KeyEvent(kb.ArrowDown))
	expect("down", text("#detail"), `$asts["/usr/share/php/PhpParser/PrettyPrinter/Standard.php"]`)
	s.do(chromedp.KeyEvent(kb.ArrowRight))
	expect("right", text("#detail"), `["*"]`)
	s.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	expect("Enter", text("#crumbs [aria-current]"), "$asts")
	s.do(chromedp.KeyEvent(kb.Escape))
	expect("Escape", text("#crumbs [aria-current]"), "all variables")
	// A block is chosen by one click and zoomed into by another.
	s.do(chromedp.Click(chromedp.CSS(`#map .suspect`)))
	expect("click", text("#detail"), "$asts")
	s.do(chromedp.Click(chromedp.CSS(`#map .suspect`)))
	expect("second click", text("#crumbs [aria-current]"), "$asts")
	// Search.
	s.slash()
	if eval[string](s, "document.activeElement.id") != "search" {
		t.Error("/ does not lead to the search")
	}
	s.do(chromedp.KeyEvent("ClassMethod"))
	if got := eval[string](s, "byId('search').value"); got != "ClassMethod" {
		t.Errorf("the search has %q", got)
	}
	expect("search", text("#found"), "of that name keep")
	if n := eval[int](s, `document.querySelectorAll("#map .hit").length`); n == 0 {
		t.Error("nothing is marked as found")
	}
	s.do(chromedp.Click(chromedp.CSS(`#hits button`)))
	expect("hit", text("#detail"), "ClassMethod")
	// The table: sorted, filtered, in full.
	first := func() string {
		return eval[string](s, `[...document.querySelectorAll("#type-table tbody tr")].find((r) => !r.hidden).cells[0].textContent`)
	}
	before := first()
	s.do(chromedp.Click(chromedp.CSS(`[data-sort="count"] button`)))
	if first() == before && eval[string](s, `document.querySelector("[aria-sort]").dataset.sort`) != "count" {
		t.Error("the table is not sorted by count")
	}
	s.do(chromedp.Click(chromedp.CSS(`[data-sort="name"] button`)), chromedp.Click(chromedp.CSS(`[data-sort="name"] button`)))
	if got := first(); got == before {
		t.Errorf("sorted by name %q is first", got)
	}
	s.do(chromedp.Click(chromedp.CSS(`#filter`)), chromedp.KeyEvent("Stmt"))
	expect("filter", text("#shown"), " of 122 types")
	// Copying.
	s.do(chromedp.Click(chromedp.CSS(`#suspect-1 .actions .copy`)), chromedp.Sleep(200*time.Millisecond))
	expect("copy", text("#suspect-1 .actions .copy"), "Copied")
	if got := eval[string](s, "navigator.clipboard.readText()"); got != "$asts" {
		t.Errorf("the clipboard has %q", got)
	}
	// The list.
	s.do(chromedp.Click(chromedp.CSS(`#as-list`)))
	if n := eval[int](s, `document.querySelectorAll("#list button").length`); n == 0 {
		t.Error("the list is empty")
	}
	s.do(chromedp.Click(chromedp.CSS(`#crumbs button`)), chromedp.Click(chromedp.CSS(`#list button`)))
	expect("list", text("#crumbs [aria-current]"), "$asts")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) > 0 {
		t.Errorf("messages %q", s.messages)
	}
}

// testChange looks at what changed, by real keys and clicks, and at who holds a
// type.
func testChange(t *testing.T, s *session) {
	s.look(1280, "light")
	s.load(save(t, recordedPage(t)))
	text := func(selector string) string {
		return eval[string](s, fmt.Sprintf("document.querySelector(%q).textContent", selector))
	}
	expect := func(what, got, part string) {
		t.Helper()
		if !strings.Contains(got, part) {
			t.Errorf("%s: %q has no %q", what, got, part)
		}
	}
	expect("the whole", text("#change-detail"), "of all that hangs on variables and statics")
	s.do(chromedp.Click(chromedp.CSS(`#change-map [data-node="0"]`)), chromedp.KeyEvent(kb.ArrowDown))
	expect("down", text("#change-detail"), "$worker")
	expect("down", text("#change-detail"), " before, ")
	if n := eval[int](s, `document.querySelectorAll("#change-map .grew3, #change-map .grew2").length`); n == 0 {
		t.Error("nothing grew")
	}
	s.do(chromedp.KeyEvent(kb.Enter))
	expect("Enter", text("#change-crumbs [aria-current]"), "$worker")
	expect("the other map", text("#crumbs [aria-current]"), "all variables")
	s.do(chromedp.KeyEvent(kb.Escape), chromedp.Click(chromedp.CSS(`#change-search`)), chromedp.KeyEvent("Result"))
	expect("search", text("#change-found"), " before, ")
	if n := eval[int](s, `document.querySelectorAll("#change-map .hit").length`); n == 0 {
		t.Error("nothing is marked as found")
	}
	s.do(chromedp.Click(chromedp.CSS(`#change-as-list`)))
	expect("list", text("#change-list"), "+")
	// A suspect leads to its growth, and that to the map.
	s.do(chromedp.Click(chromedp.CSS(`#suspects a[href="#grows-1"]`)))
	if got := eval[string](s, "location.hash"); got != "#grows-1" {
		t.Errorf("the suspect leads to %q", got)
	}
	s.do(chromedp.Click(chromedp.CSS(`#grows-1 [data-show]`)))
	expect("show in map", text("#detail"), "$worker->history->results")
	// Who holds a type.
	s.do(chromedp.Click(chromedp.CSS(`#filter`)), chromedp.KeyEvent("App\\Result"), chromedp.Click(chromedp.CSS(`#type-table tr:not([hidden]) summary`)))
	if !eval[bool](s, `document.querySelector("#type-table tbody tr:not([hidden]) details").open`) {
		t.Error("the row does not open")
	}
	expect("holders", text("#type-table tbody tr:not([hidden]) .held"), `App\History holds`)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) > 0 {
		t.Errorf("messages %q", s.messages)
	}
}

// testPrint: on paper there are no controls, nothing is cut at the side, and the
// paper is white, whatever the reader's mode.
func testPrint(t *testing.T, s *session) {
	path := save(t, recordedPage(t))
	defer s.media("", "light")
	s.look(720, "dark")
	s.media("print", "dark")
	s.load(path)
	if controls := eval[string](s, `[...document.querySelectorAll("button, input, nav")].filter((e) => e.getClientRects().length && !e.closest("thead")).map((e) => e.outerHTML.slice(0, 60)).join(" ")`); controls != "" {
		t.Errorf("on paper: %s", controls)
	}
	if sideways := eval[int](s, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); sideways > 0 {
		t.Errorf("%d px stick out", sideways)
	}
	if ground := eval[string](s, "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('section')).backgroundColor"); ground != "rgb(255, 255, 255)rgb(255, 255, 255)" {
		t.Errorf("the paper is %s", ground)
	}
	pdf, err := chromedp.Call(s.ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF-")) {
		t.Error("it does not print")
	}
}

// media sets what the page is shown on, and the mode of the reader.
func (s *session) media(media, scheme string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		s.t.Fatal(err)
	}
}

// slash presses the key, as a keyboard does: what a page prevents writes nothing.
func (s *session) slash() {
	s.t.Helper()
	for _, typ := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		p := input.DispatchKeyEventParams{Type: typ, Key: "/", Code: "Slash", WindowsVirtualKeyCode: 191}
		if typ == input.DispatchKeyEventTypeKeyDown {
			p.Text = "/"
		}
		if _, err := chromedp.Call(s.ctx, input.DispatchKeyEvent, p); err != nil {
			s.t.Fatal(err)
		}
	}
}

// A page of the largest tree is there, and searched, at once.
func testSpeed(t *testing.T, s *session) {
	b := dumpbuild.New()
	for i := range 1000 {
		n := dumpbuild.NewString(100)
		for depth := range 24 {
			n = dumpbuild.NewObject(fmt.Sprintf(`App\Level%d\Node%d`, depth, i%97), dumpbuild.To("next", n), dumpbuild.To("text", dumpbuild.NewString(uint64(50+i%7))))
		}
		b.Global(fmt.Sprintf("variable%d", i), n)
	}
	g, info := dumptest.Build(t, b.Dump().PrintUsual())
	o, err := overview.Of(g, info, overview.Options{Threshold: 0.1, Nodes: 20000})
	if err != nil {
		t.Fatal(err)
	}
	path := save(t, &Page{Name: "large.json", Overview: o})
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s.look(1280, "light")
	var loads, searches []float64
	for range 3 {
		s.load(path)
		loads = append(loads, eval[float64](s, `performance.getEntriesByType("navigation")[0].domComplete`))
		for _, wanted := range []string{"Node1", "level7", "next", "nothing at all"} {
			searches = append(searches, eval[float64](s, fmt.Sprintf(`(() => { const t = performance.now(); explorer.search(%q); document.body.offsetHeight; return performance.now() - t })()`, wanted)))
		}
	}
	nodes := eval[int](s, "explorer.tree.length")
	slices.Sort(loads)
	slices.Sort(searches)
	t.Logf("%d nodes, %s: loads in %.0f ms, searches in %.1f ms (medians)", nodes, report.Size(uint64(stat.Size())), loads[1], searches[len(searches)/2])
	if nodes < 19000 {
		t.Errorf("the tree has %d nodes", nodes)
	}
	// Targets are 1 s and 50 ms. The machine may be busy, so the test allows four times that.
	if loads[0] > 4000 || searches[0] > 200 {
		t.Errorf("loads in %v ms, searches in %v ms", loads, searches)
	}
}
