package check

import (
	"strings"
	"testing"

	"memtrail/dump"
)

func TestSuppressions(t *testing.T) {
	rules := func(text string) *Suppressions {
		s, err := ParseSuppressions(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	lost := &dump.Lost{How: dump.Definitely, Size: 8192, Shape: "zeros"}
	for _, c := range []struct {
		rules            string
		lost, php, other bool
	}{
		{"", false, false, false},
		{"# size=8192\n\n", false, false, false},
		{"size=8192", true, false, false},
		{"size=8191", false, false, false},
		{"size=4096..8192 shape=zer*", true, false, false},
		{"size=8192 shape=text", false, false, false},
		{"how=possibly", false, false, false},
		{"how=definitely", true, false, false},
		{"library=php*", false, true, false},
		{"library=php symbol=basic_*", false, true, false},
		{"library=php symbol=pcre_*", false, false, false},
		{"library=anonymous*", false, false, true},
		{"library=*memory", false, false, true},
		{"size=1\nlibrary=php", false, true, false},
	} {
		s := rules(c.rules)
		if (s.Lost(lost) != "") != c.lost || (s.Native("php: basic_globals+408") != "") != c.php || (s.Native("anonymous memory") != "") != c.other {
			t.Errorf("%q: lost %v, php %v, other %v; want %+v", c.rules, s.Lost(lost), s.Native("php: basic_globals+408"), s.Native("anonymous memory"), c)
		}
	}
	var none *Suppressions
	if none.Lost(lost) != "" || none.Native("php") != "" {
		t.Error("no rules name something")
	}
	for _, bad := range []string{"size", "size=", "size=x", "size=9..1", "how=maybe", "colour=red", "size=1 library=php"} {
		if _, err := ParseSuppressions(strings.NewReader("\n" + bad)); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%q: error %v, want one of line 2", bad, err)
		}
	}
	c := &dump.Capture{
		Lost: []dump.Lost{
			{How: dump.Definitely, Size: 8192, Shape: "zeros", Amount: dump.Amount{Blocks: 2, Bytes: 16384}},
			{How: dump.Indirectly, Size: 32, Shape: "text", Amount: dump.Amount{Blocks: 1, Bytes: 32}},
			{How: dump.Possibly, Size: 64, Shape: "data", Amount: dump.Amount{Blocks: 1, Bytes: 64}},
		},
		Native: []dump.Owner{{Name: "php: x", Amount: dump.Amount{Blocks: 3, Bytes: 96}}, {Name: "stack", Amount: dump.Amount{Blocks: 1, Bytes: 8}}},
	}
	l := lostBlocks(nil, nil, &dump.Info{Capture: c}, nil, rules("size=8192\nlibrary=stack"))
	if l.Suppressed != (dump.Amount{Blocks: 3, Bytes: 16392}) || l.Definitely.Blocks != 0 || l.Indirectly.Bytes != 32 || l.Possibly.Bytes != 64 || l.Reachable.Bytes != 96 || len(l.Groups) != 2 {
		t.Errorf("got %+v", l)
	}
}
