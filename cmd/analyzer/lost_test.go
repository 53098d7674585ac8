package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
)

// reliSeries writes a series as reli exports it: in one line, objects and arrays under
// their addresses, numbers under numbers of its own, all objects of PHP's table. In each
// interval 200 jobs are left that nothing leads to, each with a list and a text, and 100
// rings of two nodes.
func reliSeries(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for n := 1; n <= 4; n++ {
		b := dumpbuild.New().Memory(uint64(400_000+n*120_000), 4<<20, uint64(400_000+n*120_000), 4<<20)
		b.Global("app", dumpbuild.NewObject("App", dumpbuild.To("started", dumpbuild.NewScalar("int").At(0x1000000000000001))))
		for range 200 * n {
			b.Unreached(dumpbuild.NewObject(`App\Job`, dumpbuild.To("list", dumpbuild.NewArray(dumpbuild.To("0", dumpbuild.NewString(84))))))
		}
		for range 100 * n {
			first := dumpbuild.NewObject("Node")
			b.Unreached(first.Add("peer", dumpbuild.NewObject("Node").Add("peer", first)))
		}
		d := b.Dump()
		for i := range d.Items {
			d.Items[i].Fields = append(d.Items[i].Fields, dumpbuild.Member{Name: "#reli_node_id", Value: dumpbuild.Bare(fmt.Sprint(i))})
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mem-%d.json", n)), dumpbuild.Minified().Print(d), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type lostAmounts struct {
	Definitely, Indirectly, Possibly, Reachable, Suppressed struct{ Blocks, Bytes uint64 }
}

// One vocabulary, and one file of rules, for what a capture and what an export of reli
// says that nothing holds.
func TestLostItems(t *testing.T) {
	dir := reliSeries(t)
	first := filepath.Join(dir, "mem-1.json")
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte("# known\nshape=object*App\\Job how=definitely\nsize=100 shape=string\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string // definitely, indirectly, possibly, reachable, suppressed
	}{
		{[]string{"check", first}, "300/21600 500/41600 0/0 0/0 0/0"},
		{[]string{"check", first, "--suppressions", rules}, "100/7200 300/21600 0/0 0/0 400/34400"},
		{[]string{"leaks", first}, "300/21600 500/41600 0/0 0/0 0/0"},
		{[]string{"summary", "--group", "frame", first}, "300/21600 500/41600 0/0 0/0 0/0"},
	} {
		out, errs, code := analyze(t, "", append(c.args, "--format", "json")...)
		var got struct{ Lost lostAmounts }
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
			t.Fatalf("%q: exit code %d, %v, %s", c.args, code, err, errs)
		}
		l := got.Lost
		var list []string
		for _, a := range []struct{ Blocks, Bytes uint64 }{l.Definitely, l.Indirectly, l.Possibly, l.Reachable, l.Suppressed} {
			list = append(list, fmt.Sprintf("%d/%d", a.Blocks, a.Bytes))
		}
		if text := strings.Join(list, " "); text != c.want {
			t.Errorf("%q: %s, not %s", c.args, text, c.want)
		}
		text, _, _ := analyze(t, "", c.args...)
		if !strings.Contains(strings.Join(strings.Fields(text), " "), "definitely lost") {
			t.Errorf("%q does not say definitely lost:\n%s", c.args, text)
		}
		if c.args[0] == "check" && !strings.Contains(text, "Written by: reli") {
			t.Errorf("%q: %s", c.args, text)
		}
	}
	// Rules let pass the growth of what they name, and of nothing else.
	grown, errs, code := analyze(t, "", "growth", dir)
	if code != exitOK || !strings.Contains(grown, `App\Job`) || !strings.Contains(grown, "Node") {
		t.Fatalf("exit code %d, %s\n%s", code, errs, grown)
	}
	both := filepath.Join(t.TempDir(), "both")
	if err := os.WriteFile(both, []byte("shape=object*App\\Job\nshape=object*Node\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if grown, errs, code := analyze(t, "", "growth", "--suppressions", both, dir); code != exitOK || strings.Contains(grown, "LEAK") {
		t.Errorf("exit code %d, %s\n%s", code, errs, grown)
	}
	if text, errs, code := analyze(t, "", "gate", dir); code != exitLeak {
		t.Errorf("without rules: exit code %d, %s\n%s", code, errs, text)
	}
	if text, errs, code := analyze(t, "", "gate", "--suppressions", both, dir); code != exitOK {
		t.Errorf("with rules: exit code %d, %s\n%s", code, errs, text)
	}
}
