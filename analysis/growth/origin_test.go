package growth

import (
	"strconv"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/profilebuild"
	"memtrail/internal/profiletest"
)

// TestGrowthWithProfile: a place that grows is told who made what it holds at the
// last dump, and how many of these are left.
func TestGrowthWithProfile(t *testing.T) {
	s := seriesOfPrograms(t, 3, func(b *dumpbuild.Builder, at int) {
		order := func(int) *dumpbuild.Node { return dumptest.Object("Order", dumptest.To("text", dumptest.Text(100))) }
		b.Global("repo", dumptest.Object("Orders", dumptest.To("all", dumptest.Keyed(500*(at+1), strconv.Itoa, order))))
	})
	g := s.Growth(Options{Profile: profiletest.Read(t, profilebuild.Array(&profilebuild.Frame{Name: "root", Calls: 1, Called: []*profilebuild.Frame{
		{Name: "Orders::load", Calls: 1500, Bytes: 1500 * (40 + 56 + 320 + 125), Blocks: 4*1500 + 3, Called: []*profilebuild.Frame{
			{Name: "Order::__construct", Calls: 1500},
		}},
	}})), ProfileName: "p"})
	if len(g.Growing) == 0 || g.Growing[0].Path != "$repo->all" || g.Profile == nil || g.Profile.Foreign {
		t.Fatalf("%+v, profile %+v", g.Growing, g.Profile)
	}
	w := &g.Growing[0]
	if len(w.MadeBy) != 1 || w.MadeBy[0].Function != "Orders::load" || w.MadeBy[0].PerMember != 4 || w.MadeBy[0].Rest != 3 {
		t.Errorf("made by %+v", w.MadeBy)
	}
	if len(w.Survives) != 1 || w.Survives[0].Alive != 1500 || w.Survives[0].Made != 1500 {
		t.Errorf("survives %+v", w.Survives)
	}
	g = s.Growth(Options{Profile: profiletest.Read(t, profilebuild.Array(&profilebuild.Frame{Name: "root", Calls: 1, Called: []*profilebuild.Frame{
		{Name: "Invoice::make", Bytes: 1500 * 541, Blocks: 6000, Calls: 1500},
	}})), ProfileName: "p"})
	if !g.Profile.Foreign || g.Growing[0].MadeBy != nil {
		t.Errorf("a profile of another program: %+v, made by %+v", g.Profile, g.Growing[0].MadeBy)
	}
	if g := s.Growth(Options{}); g.Profile != nil || g.Growing[0].MadeBy != nil {
		t.Error("without a profile there is none")
	}
}
