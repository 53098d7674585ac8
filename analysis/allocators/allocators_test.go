package allocators

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/internal/profilebuild"
	"memtrail/internal/profiletest"
	"memtrail/profile"
)

var names = []string{"strlen", "A::run", "A::make", `App\B::run`, "meminfo_dump", "require /app/a.php", "go"}

// random makes a program, which may call itself.
func random(r *rand.Rand, depth int) *profilebuild.Frame {
	f := &profilebuild.Frame{Name: names[r.IntN(len(names))], File: "/app/f.php", Calls: 1 + r.Uint64N(9)}
	if r.IntN(3) > 0 {
		f.Blocks = 1 + r.Uint64N(50)
		f.Bytes = f.Blocks * 8 * (1 + r.Uint64N(40))
	}
	taken := map[string]bool{}
	for range r.IntN(4) * min(depth, 1) {
		if c := random(r, depth-1); !taken[c.Name] {
			taken[c.Name] = true
			f.Called = append(f.Called, c)
		}
	}
	return f
}

// naive adds up a row by looking at each frame with all frames above it.
func naive(f *profilebuild.Frame, above []string, name func([]string) string, rows map[string]*Made) (left uint64) {
	above = append(slices.Clip(above), f.Name)
	if IsDump(f.Name) {
		return 0
	}
	key := name(above)
	m := rows[key]
	if m == nil {
		m = &Made{}
		rows[key] = m
	}
	m.Self.Add(profile.Amount{Bytes: f.Bytes, Blocks: f.Blocks})
	m.Calls += f.Calls
	left = f.Bytes
	for _, c := range f.Called {
		left += naive(c, above, name, rows)
	}
	for i := 1; i < len(above); i++ {
		if name(above[:i]) == key {
			return left
		}
	}
	rows[key].Inclusive.Bytes += left
	return left
}

func TestSumsAgainstEachPath(t *testing.T) {
	last := func(path []string) string { return path[len(path)-1] }
	keys := map[Grouping]func([]string) string{
		ByFunction: last,
		ByPath:     func(path []string) string { return strings.Join(path, ";") },
		ByClass:    func(path []string) string { return ClassOf(last(path)) },
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		root := random(r, 5)
		root.Name, root.File, root.Calls = "root", "", 1
		for by, key := range keys {
			want := map[string]*Made{}
			naive(root, nil, key, want)
			for format, text := range map[string]string{
				"array": profilebuild.Array(root), "callgrind": profilebuild.Callgrind(root),
			} {
				a := Of([]string{"p"}, []*profile.Profile{profiletest.Read(t, text)}, Options{By: by})
				if len(a.Rows) != len(want) || a.Unnested {
					t.Fatalf("seed %d, %s, by %s: %d rows, want %d", seed, format, by, len(a.Rows), len(want))
				}
				sum := a.Profiles[0].Dump
				for _, row := range a.Rows {
					name := row.Name
					if by == ByPath {
						name = strings.Join(row.Path, ";")
					}
					got, w := row.Made[0], want[name]
					if w == nil || got.Self != w.Self || got.Calls != w.Calls || got.Inclusive.Bytes != w.Inclusive.Bytes {
						t.Errorf("seed %d, %s, by %s: %s has %+v, want %+v", seed, format, by, name, got, w)
					}
					sum.Add(row.Made[0].Self)
				}
				if sum != a.Profiles[0].Total {
					t.Errorf("seed %d: rows and dump have %+v, the profile %+v", seed, sum, a.Profiles[0].Total)
				}
			}
		}
	}
}

func TestRealPrograms(t *testing.T) {
	in, err := dump.Open(filepath.Join("..", "..", "testdata", "memprof", "cache_service.array.json.gz"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := profile.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	a := Of([]string{"p"}, []*profile.Profile{p}, Options{Limit: 1})
	if s := a.Profiles[0]; s.Dump != (profile.Amount{Bytes: 1_128_752, Blocks: 6004}) || s.Program().Bytes != 2_557_242-1_128_752 {
		t.Errorf("the dump holds %+v, the program %+v", s.Dump, s.Program())
	}
	if r := a.Rows[0]; r.Name != "ProductRepository::find" || r.Made[0].Self != (profile.Amount{Bytes: 1_361_600, Blocks: 18_002}) || a.Cut == 0 {
		t.Errorf("first is %+v, %d cut", r, a.Cut)
	}
	a = Of([]string{"p"}, []*profile.Profile{p}, Options{})
	i := slices.IndexFunc(a.Rows, func(r Row) bool { return r.Name == "Kernel::handle" })
	if left, ok := a.Rows[i].Made[0].LeftPerCall(); !ok || fmt.Sprintf("%.1f", left) != "453.9" {
		t.Errorf("Kernel::handle leaves %.1f B a call, %t", left, ok)
	}
}

func worker(requests uint64) *profilebuild.Frame {
	return &profilebuild.Frame{Name: "root", Bytes: 900, Blocks: 5, Calls: 1, Called: []*profilebuild.Frame{
		{Name: "Kernel::handle", File: "/app/k.php", Calls: requests, Bytes: 64, Blocks: 1, Called: []*profilebuild.Frame{
			{Name: "Cache::set", File: "/app/c.php", Calls: requests, Bytes: 320 * requests, Blocks: 2 * requests},
			{Name: "Pool::get", File: "/app/p.php", Calls: requests, Bytes: 9000, Blocks: 9},
			{Name: "meminfo_dump", Calls: 1, Bytes: 376 * requests, Blocks: 2 * requests},
		}},
	}}
}

func TestSeries(t *testing.T) {
	var profiles []*profile.Profile
	for i, n := range []uint64{100, 200, 400} {
		text := profilebuild.Callgrind(worker(n))
		if i == 1 {
			text = profilebuild.Array(worker(n)) // without files: rows are of names then
		}
		profiles = append(profiles, profiletest.Read(t, text))
	}
	a := Of([]string{"1", "2", "3"}, profiles, Options{})
	r := &a.Rows[0]
	left, ok := r.LeftPerNewCall()
	if r.Name != "Cache::set" || r.Growth() != 320*300 || r.NewCalls() != 300 || left != 320 || !ok || !r.Rises() {
		t.Errorf("first is %+v: grows %d in %d calls, %v a call", r, r.Growth(), r.NewCalls(), left)
	}
	for _, r := range a.Rows[1:] {
		if r.Growth() != 0 || r.Rises() {
			t.Errorf("%s grows", r.Name)
		}
		if r.Name == "Kernel::handle" && r.InclusiveGrowth() != 320*300 {
			t.Errorf("%s has what the dumps hold: %d", r.Name, r.InclusiveGrowth())
		}
	}
	if len(a.Rows) != 4 {
		t.Errorf("%d rows: profiles with files and one without do not fit", len(a.Rows))
	}
}

func TestDeepPath(t *testing.T) {
	deep := &profilebuild.Frame{Name: "walk", Bytes: 8, Blocks: 1, Calls: 1}
	for range 298 {
		deep = &profilebuild.Frame{Name: "walk", Calls: 1, Bytes: 8, Blocks: 1, Called: []*profilebuild.Frame{deep}}
	}
	p := profiletest.Read(t, profilebuild.Heap(&profilebuild.Frame{Name: "root", Bytes: 1, Called: []*profilebuild.Frame{deep}}))
	a := Of([]string{"p"}, []*profile.Profile{p}, Options{By: ByPath})
	longest := 0
	for _, r := range a.Rows {
		longest = max(longest, len(r.Path)+r.Omitted)
		if len(r.Path) > FirstFrames+LastFrames {
			t.Errorf("a path of %d frames", len(r.Path))
		}
	}
	if longest != 300 || len(a.Rows) != 300 {
		t.Errorf("%d paths, the longest of %d frames", len(a.Rows), longest)
	}
	a = Of([]string{"p"}, []*profile.Profile{p}, Options{})
	if r := a.Rows[0]; r.Name != "walk" || r.Made[0].Self.Bytes != 299*8 || r.Made[0].Inclusive.Bytes != 299*8 {
		t.Errorf("recursion: %+v", r)
	}
}
