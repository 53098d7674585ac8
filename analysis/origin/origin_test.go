package origin

import (
	"fmt"
	"slices"
	"testing"

	"memtrail/internal/profilebuild"
	"memtrail/internal/profiletest"
	"memtrail/profile"
)

// shop is a worker that made 2,000 orders in a repository, with two lines each that
// a factory made, and much else.
func shop() *profilebuild.Frame {
	return &profilebuild.Frame{Name: "root", Bytes: 60000, Blocks: 170, Calls: 1, Called: []*profilebuild.Frame{
		{Name: "require /app/worker.php", Bytes: 1800, Blocks: 19, Calls: 1, Called: []*profilebuild.Frame{
			{Name: "Kernel::boot", Calls: 1, Bytes: 152592, Blocks: 1603}, // not one of each order
			{Name: "Orders::find", Calls: 2000, Bytes: 2000*(40+56+320) + 65552, Blocks: 3*2000 + 1, Called: []*profilebuild.Frame{
				{Name: "Order::__construct", Calls: 2000, Called: []*profilebuild.Frame{{Name: "Model::__construct", Calls: 2000}}},
				{Name: "Lines::make", Calls: 4000, Bytes: 4000 * 56, Blocks: 4000, Called: []*profilebuild.Frame{
					{Name: "Line::__construct", Calls: 4000},
				}},
			}},
			{Name: "Report::run", Calls: 9, Called: []*profilebuild.Frame{
				{Name: "Lines::make", Calls: 700, Bytes: 700 * 56, Blocks: 700, Called: []*profilebuild.Frame{{Name: "Line::__construct", Calls: 700}}},
				{Name: "Row::__construct", Calls: 20000},
				{Name: "Model::__construct", Calls: 1000},
			}},
			{Name: "meminfo_dump", Calls: 1, Bytes: 376 * 6000, Blocks: 2 * 6000},
		}},
	}}
}

func joined(t *testing.T, alive map[string]uint64) *Join {
	t.Helper()
	u, j := New("p", profiletest.Read(t, profilebuild.Array(shop())), alive)
	if j == nil || u.Foreign {
		t.Fatal("the profile is taken for another program's")
	}
	if u.Dump.Blocks != 12000 {
		t.Errorf("the dump holds %d blocks", u.Dump.Blocks)
	}
	return j
}

func orders() map[string]uint64 {
	return map[string]uint64{"Order": 2000, "Line": 4000, "Kernel": 1, "Row": 500, "Model": 900, "Copy": 10}
}

func TestMadeBy(t *testing.T) {
	j := joined(t, orders())
	for name, c := range map[string]struct {
		members Members
		want    []string
	}{
		"two functions, one of them by its caller": {
			Members{Count: 2000, Blocks: 5, Bytes: 2000*(40+56+320+2*56) + 65552, Classes: []string{"Order"}},
			[]string{"Orders::find 3 +1", "Lines::make by Orders::find 2 +0"},
		},
		"blocks not known": {
			Members{Count: 2000, Bytes: 2000*(40+56+320+2*56) + 65552, Classes: []string{"Order"}},
			[]string{"Orders::find 3 +1", "Lines::make by Orders::find 2 +0"},
		},
		"nothing fits the number":       {Members{Count: 777, Blocks: 3, Bytes: 2000 * 416}, nil},
		"nothing fits the bytes":        {Members{Count: 2000, Blocks: 5, Bytes: 2000 * 4000}, nil},
		"a member has fewer blocks":     {Members{Count: 2000, Blocks: 1, Bytes: 2000*(40+56+320) + 65552}, nil},
		"all of a function, one caller": {Members{Count: 700, Blocks: 1, Bytes: 700 * 56}, []string{"Lines::make by Report::run 1 +0"}},
		"no members":                    {Members{Bytes: 5}, nil},
	} {
		var got []string
		for _, m := range j.MadeBy(&c.members) {
			text := m.Function
			if m.Caller != "" {
				text += " by " + m.Caller
			}
			got = append(got, fmt.Sprintf("%s %d %+d", text, m.PerMember, m.Rest))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestSurvival(t *testing.T) {
	j := joined(t, orders())
	for class, want := range map[string]string{
		"Order": "2000 of 2000..2000 survive",
		"Line":  "4000 of 4700..4700 ",
		"Row":   "500 of 20000..20000 gone",
		"Model": "900 of 1000..3000 ", // a parent's constructor makes no object
		"Copy":  "",                   // it has no constructor
	} {
		got := ""
		for _, s := range j.Survival(&Members{Classes: []string{"", class, class}}) {
			got += fmt.Sprintf("%d of %d..%d %s", s.Alive, s.MadeAtLeast, s.Made, s.Fate())
		}
		if got != want {
			t.Errorf("%s: %q, want %q", class, got, want)
		}
	}
	j = joined(t, map[string]uint64{"Order": 2600})
	if s := j.Survival(&Members{Classes: []string{"Order"}}); len(s) != 1 || s[0].Fate() != Unknown {
		t.Errorf("more alive than were made: %+v", s)
	}
}

func TestForeign(t *testing.T) {
	p := profiletest.Read(t, profilebuild.Array(shop()))
	procedural := profiletest.Read(t, profilebuild.Array(&profilebuild.Frame{Name: "root", Calls: 1, Called: []*profilebuild.Frame{
		{Name: "PDO::query", Calls: 1}, {Name: "main", Calls: 1, Bytes: 9, Blocks: 1},
	}}))
	for name, c := range map[string]struct {
		p     *profile.Profile
		alive map[string]uint64
		want  bool
	}{
		"the same":                   {p, orders(), false},
		"none in common":             {p, map[string]uint64{"Other": 5, "Closure": 9}, true},
		"only PHP's own in common":   {p, map[string]uint64{"Closure": 9, "PDO": 1}, false},
		"PHP's own do not count":     {procedural, map[string]uint64{"Other": 5, "PDO": 1}, false},
		"a profile without methods":  {procedural, map[string]uint64{"Other": 5}, false},
		"a dump that has no objects": {p, nil, false},
	} {
		if u, j := New("p", c.p, c.alive); u.Foreign != c.want || (j == nil) != c.want {
			t.Errorf("%s: foreign %t, want %t", name, u.Foreign, c.want)
		}
	}
}
