package explore_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"memtrail/analysis/browse"
	"memtrail/analysis/leaks"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/livetest"
	"memtrail/report"
	"memtrail/report/explore"
)

// session is an explorer without a terminal: questions are answered at once.
type session struct {
	*explore.Model
	browser *browse.Browser
	slowest time.Duration // of a key, drawing included, without answers
	answer  time.Duration // slowest answer
}

func start(g *graph.Graph, info *dump.Info, name string) *session {
	r := retain.Retain(g, info, retain.RetentionOptions{Allocated: true, Retained: true})
	found := leaks.Find(r, leaks.Options{Threshold: 0.1})
	s := &session{Model: explore.New(name, found), browser: browse.New(r, found.Source)}
	s.answers(s.Model.Init())
	return s
}

func (s *session) answers(asks []explore.Ask) {
	for len(asks) > 0 {
		begin := time.Now()
		a := asks[0](s.browser)
		s.answer = max(s.answer, time.Since(begin))
		asks = append(asks[1:], s.send(a)...)
	}
}

// send sends a message, and draws.
func (s *session) send(msg tea.Msg) []explore.Ask {
	begin := time.Now()
	asks := s.Update(msg)
	s.Model.View(explore.Plain())
	s.slowest = max(s.slowest, time.Since(begin))
	return asks
}

// press presses keys, named as package tea does, with blanks between; a name in
// quotes is typed.
func (s *session) press(keys string) {
	for name := range strings.FieldsSeq(keys) {
		if text, ok := strings.CutPrefix(name, "'"); ok {
			for _, r := range text {
				s.answers(s.send(key(string(r))))
			}
			continue
		}
		s.answers(s.send(key(name)))
	}
}

var codes = map[string]rune{
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
	"backspace": tea.KeyBackspace, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
}

func key(name string) tea.KeyPressMsg {
	if code, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}

func (s *session) size(width, height int) { s.send(tea.WindowSizeMsg{Width: width, Height: height}) }

func (s *session) screen() string { return s.Model.View(explore.Plain()) }

// load starts on a dump of testdata.
func load(t *testing.T, name string) *session {
	if name == "closure-address-reuse" {
		g, info := dumptest.Build(t, dumptest.Load(t, name+".json"))
		return start(g, info, name+".json")
	}
	g, info := dumptest.LoadGraph(t, "", name)
	return start(g, info, name+".json")
}

var update = flag.Bool("update", false, "rewrite testdata/*.txt")

// TestScreens holds screens against those in testdata. Each case walks, and each
// stop of a walk is a screen: what is before the colon is its name.
func TestScreens(t *testing.T) {
	for _, walk := range []struct {
		name, dump    string
		width, height int
		stops         []string
	}{
		{"doc", "talk-1k", 90, 20, []string{"suspects:", "tree: right down right", "paths: down p"}},
		{"suspects", "ast", 110, 26, []string{"start:", "in the tree: enter", "deeper: down right right right", "item: 4", "holder: down down down down enter", "back: backspace", "paths: p"}},
		{"small", "ast", 60, 14, []string{"start:", "text: J J J", "tree: 2", "open: right right right", "types: 3", "members: down right", "item: 4", "end: G", "help: ?", "help goes on: G"}},
		{"tree", "talk-1k", 80, 24, []string{"start: 2", "own: s", "count: s", "name: s", "back to retained: s", "open: down right", "found: / 'name enter", "next: n",
			"members: left left m", "closed: 2 left", "by expression: / '$userService->cache enter", "up: t left", "no such: / '$nobody enter",
			"breakdown: b", "members of a type: right", "back: backspace backspace", "all types: 3", "breakdown of several: 2 1 enter down b"}},
		{"types", "talk-1k", 80, 24, []string{"start: 3", "by name: s s s", "strings: g / 'string enter enter", "last: G", "found in all: f 'cache enter", "none: f 'nosuchthing enter", "all items: f enter"}},
		{"narrow", "talk-1k", 34, 10, []string{"start:", "tree: 2 right", "item: 4", "paths: 5", "typing: / 'a_long_text_that_is_wider_than_the_screen_is"}},
		{"incomplete", "truncated-deep-list", 100, 24, []string{"start:", "chain: 2", "paths of the last: 3 right G p"}},
		{"unreliable", "closure-address-reuse", 100, 24, []string{"tree: 2", "unreachable: G right", "item: down 4", "no path: p"}},
	} {
		t.Run(walk.name, func(t *testing.T) {
			s := load(t, walk.dump)
			s.size(walk.width, walk.height)
			var got strings.Builder
			for _, stop := range walk.stops {
				name, keys, _ := strings.Cut(stop, ":")
				s.press(keys)
				fmt.Fprintf(&got, "== %s\n%s\n", name, s.screen())
			}
			file := filepath.Join("testdata", walk.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("-update rewrites %s; got\n%s", file, got.String())
			}
		})
	}
}

// TestDocs: the screens in docs/explore.md are those of testdata. A block is named
// after a walk and a stop.
func TestDocs(t *testing.T) {
	file := dumptest.Path("..", "docs", "explore.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)(```text ([a-z0-9-]+): ([^\n]+)\n)(.*?)```")
	got := blocks.ReplaceAllStringFunc(string(text), func(block string) string {
		part := blocks.FindStringSubmatch(block)
		screens, err := os.ReadFile(filepath.Join("testdata", part[2]+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(screens), "== "+part[3]+"\n")
		if !ok {
			t.Errorf("no screen %s: %s", part[2], part[3])
		}
		screen, _, _ := strings.Cut(rest, "\n== ")
		lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		return part[1] + strings.Join(lines, "\n") + "\n```"
	})
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != string(text) {
		t.Errorf("-update rewrites %s", file)
	}
	if n := len(blocks.FindAllString(got, -1)); n < 3 {
		t.Errorf("%d screens in the document", n)
	}
}

// hostile is a dump whose names are a hostile one.
func hostile(bad string) []byte {
	leak := dumptest.Keyed(300, func(i int) string { return bad + strconv.Itoa(i) }, func(int) *dumpbuild.Node {
		return dumpbuild.NewObject(`App\`+bad, dumpbuild.To(bad, dumpbuild.NewString(500)))
	})
	return dumpbuild.New().Global(bad, leak).Frame(bad+"()", bad, dumpbuild.NewObject(bad)).Static(bad+"::"+bad, dumpbuild.NewArray()).Dump().PrintUsual()
}

// check holds a screen against what all have: no more rows than the terminal, none
// wider, and nothing that it would obey.
func (s *session) check(t *testing.T, width, height int, after string) {
	t.Helper()
	text := s.screen()
	if rows := strings.Split(text, "\n"); len(rows) > height {
		t.Fatalf("after %s: %d rows of %d\n%s", after, len(rows), height, text)
	} else {
		for _, row := range rows {
			if w := report.TextWidth(row); w > width {
				t.Fatalf("after %s: %d columns of %d: %q", after, w, width, row)
			}
		}
	}
	if live := livetest.Terminal(text); len(live) > 0 {
		t.Fatalf("after %s: on the screen: %s", after, strings.Join(live, "; "))
	}
	if coloured := ansi.Strip(s.Model.View(explore.Coloured())); coloured != text {
		t.Fatalf("after %s: colours change the text: got\n%s\nwant\n%s", after, coloured, text)
	}
}

// TestAnyKeys walks at random through dumps of all kinds, hostile ones included.
func TestAnyKeys(t *testing.T) {
	texts := map[string][]byte{"nothing": dumpbuild.New().Dump().PrintUsual()}
	for i, name := range cases.Sample(livetest.Names(), 4, 5) {
		texts[fmt.Sprint("hostile ", i)] = hostile(name)
	}
	for seed := range uint64(cases.Number(4, 15)) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 60, Edges: 120, Roots: 4, WeakMaps: 2, Dangling: 3}.Dump().PrintUsual()
	}
	all := strings.Fields("up down left right enter backspace pgup pgdown home end 1 2 3 4 5 s p t m b c n N J K ? esc / f g G j k h l 'a 'evil '$ '[0] ctrl+z")
	sizes := [][2]int{{110, 26}, {60, 14}, {30, 7}, {200, 60}, {12, 3}}
	for name, text := range texts {
		g, info := dumptest.Build(t, text)
		s := start(g, info, "\x1b[31m"+name)
		r := rand.New(rand.NewPCG(1, uint64(len(name))))
		size := sizes[0]
		for step := range cases.Number(200, 1000) {
			keys := all[r.IntN(len(all))]
			switch r.IntN(12) {
			case 0:
				size = sizes[r.IntN(len(sizes))]
				s.size(size[0], size[1])
			case 1:
				keys = "a click"
				s.answers(s.send(tea.MouseClickMsg{X: r.IntN(size[0]), Y: r.IntN(size[1]), Button: tea.MouseLeft}))
			case 2:
				keys = "the wheel"
				s.answers(s.send(tea.MouseWheelMsg{X: r.IntN(size[0]), Y: r.IntN(size[1]), Button: tea.MouseWheelDown}))
			default:
				s.press(keys)
			}
			if size[0] >= 30 {
				s.check(t, size[0], size[1], fmt.Sprintf("%s, step %d, %s at %v", name, step, keys, size))
			}
		}
	}
}

// TestMouse clicks on what it sees.
func TestMouse(t *testing.T) {
	s := load(t, "talk-1k")
	s.size(100, 24)
	click := func(on string) {
		t.Helper()
		for y, row := range strings.Split(s.screen(), "\n") {
			if before, _, ok := strings.Cut(row, on); ok {
				s.answers(s.send(tea.MouseClickMsg{X: report.TextWidth(before) + 1, Y: y, Button: tea.MouseLeft}))
				return
			}
		}
		t.Fatalf("no %q in\n%s", on, s.screen())
	}
	shows := func(want string) {
		t.Helper()
		if !strings.Contains(s.screen(), want) {
			t.Fatalf("no %q in\n%s", want, s.screen())
		}
	}
	click("2 tree")
	shows("[2 tree]")
	click("▸ $_SERVER")
	click("▸ $_SERVER") // selected: it opens
	shows("▾ $_SERVER")
	click("3 types")
	shows("[3 types]")
	click("UserService")
	click("UserService")
	shows("of type")
}

// TestKeysAnswerAtOnce: no key waits for the dump, however large a list is. What
// looks at it is asked, and pages of it are held, not all.
func TestKeysAnswerAtOnce(t *testing.T) {
	members := cases.Number(20_000, 500_000)
	text := dumpbuild.New().Global("big", dumptest.ListOf(members, func(i int) *dumpbuild.Node {
		return dumpbuild.NewObject("Member", dumpbuild.To("name", dumpbuild.NewString(uint64(i%100))))
	})).Dump().PrintUsual()
	g, info := dumptest.Build(t, text)
	// The best of three walks: others use the machine, too.
	slowest := time.Hour
	for range 3 {
		s := start(g, info, "big.json")
		s.size(110, 26)
		s.press("enter right down right G pgdown 4 G G G s p 3 down right G G s 4 p 1 b f 'member enter G")
		t.Logf("slowest key %v, slowest answer %v", s.slowest, s.answer)
		if slowest = min(slowest, s.slowest); slowest < 50*time.Millisecond {
			return
		}
	}
	t.Errorf("a key took %v", slowest)
}
