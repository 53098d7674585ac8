package dump

import (
	"bytes"
	"slices"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// ends gives the offset behind each item of a whole dump without a header
// behind the items, and behind the brace that closes their list.
func ends(text []byte, at []int64) (items []int, list int) {
	for i := range at {
		end := len(text)
		if i+1 < len(at) {
			end = int(at[i+1])
		}
		items = append(items, bytes.LastIndexByte(text[:end], '}')+1)
	}
	back := func(n int) int { return bytes.LastIndexByte(text[:n-1], '}') + 1 }
	list = back(bytes.LastIndexByte(text, '}') + 1)
	if len(items) > 0 {
		items[len(items)-1] = back(list)
	}
	return items, list
}

// step is how far apart the cuts of a dump are: 1 with -full, n where the race
// detector leaves no time for more.
func step(n int) int {
	if slow {
		return n
	}
	return cases.Number(31, 1)
}

// TestTruncatedExample cuts a real dump off behind every byte, or a sample of
// them.
func TestTruncatedExample(t *testing.T) {
	text := testdata(t, "example.json")
	whole := scanAll(t, bytes.NewReader(text), everything(tuning{}))
	items, list := ends(text, whole.at)
	for cut := 1; cut < len(text); cut += step(17) {
		s := NewScanner(bytes.NewReader(text[:cut]), Options{tuning: tuning{window: 4096, piece: 4096}})
		n := 0
		for s.Scan() {
			if it := s.Item(); it.More {
				continue
			} else if it.Broken {
				break
			} else if it.Offset != whole.at[n] {
				t.Fatalf("cut at %d: item %d starts at %d, not at %d", cut, n, it.Offset, whole.at[n])
			}
			n++
		}
		s.Scan()
		want, _ := slices.BinarySearch(items, cut+1)
		if info := s.Info(); n != want || s.Err() != nil || info.Complete != (cut >= list) || info.EndsAt != int64(cut) {
			t.Fatalf("cut at %d: %d items, want %d; %v; %+v", cut, n, want, s.Err(), info)
		}
	}
}

// TestTruncatedAnywhere does the same with a short dump in several layouts,
// and looks at all that is read, in all ways.
func TestTruncatedAnywhere(t *testing.T) {
	d, err := dumpbuild.Read(testdata(t, "example.json"))
	if err != nil {
		t.Fatal(err)
	}
	short := *d
	short.Items = append(slices.Clone(d.Items[5:10]), oddDump().Items...)
	styled := func(s dumpbuild.Style) []byte { return short.Print(s) }
	for _, c := range []struct {
		name  string
		text  []byte
		tunes []tuning
		each  bool // every few bytes
	}{
		{"usual", short.PrintUsual(), []tuning{{window: 512, piece: 512}, {window: 1024, piece: 2048, general: true}}, true},
		{"minified", styled(dumpbuild.Style{Colon: ":"}), []tuning{{window: 512, piece: 1024}}, true},
		{"reordered", dumpbuild.Reordered(&short).PrintUsual(), []tuning{{window: 512, piece: 512}}, true},
		{"comma first", styled(dumpbuild.Style{Newline: "\n", Indent: " ", Colon: " : ", CommaFirst: true}), []tuning{{window: 2048, piece: 2048}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := scanAll(t, bytes.NewReader(c.text), everything(tuning{}))
			items, list := ends(c.text, whole.at)
			last := bytes.LastIndexByte(c.text, '}') + 1
			in := memoryInput(c.text)
			every := 11
			if slow {
				every = 1
			}
			for cut := 1; cut < len(c.text); cut += step(19) {
				want := reading{info: whole.info}
				n, _ := slices.BinarySearch(items, cut+1)
				want.items, want.at = whole.items[:n], whole.at[:n]
				for _, tune := range c.tunes {
					got := scanAll(t, bytes.NewReader(c.text[:cut]), everything(tune))
					d := differItems(got.items, want.items)
					missing := cut >= list && cut < last
					switch {
					case d != "":
					case got.err != "":
						d = got.err
					case !slices.Equal(got.at, want.at):
						d = "other offsets"
					case got.info.EndsAt != int64(cut):
						d = "ends elsewhere"
					case got.info.Complete != (cut >= list):
						d = "is said to be complete, or not"
					case got.info.Complete == (got.info.Defects.Count(Truncated) == 1) || got.info.Defects.Count(MalformedItem) > 0:
						d = "defects"
					case missing != (got.info.Defects.Count(MissingBrace) == 1):
						d = "missing braces"
					}
					if d != "" {
						t.Fatalf("cut at %d with %+v: %s\n%+v", cut, tune, d, got.info)
					}
					if c.each && (cut%every == 0 || cut > list-20) {
						tune.block = 150 + cut%1000
						if d := differ(eachAll(t, in.shorter(cut), Options{Children: true, Extra: true, Workers: 2, tuning: tune}), got); d != "" {
							t.Fatalf("cut at %d, Each with %+v: %s", cut, tune, d)
						}
					}
				}
			}
		})
	}
}
