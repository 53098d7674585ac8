package report

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	class := `App\Domain\Customer\Subscription\Projection\ReadModel`
	command := "analyzer tree dump.json --from '$a->b->c->d->e->f'"
	for _, tt := range []struct {
		text  prose
		width int
		d     detail
		want  []string
	}{
		{words("a b c"), 80, brief, []string{"a b c"}},
		{words("a b c"), 3, brief, []string{"a b", "c"}},
		{words("unbreakable"), 3, brief, []string{"unbreakable"}},
		{words("it has 12 KiB"), 9, brief, []string{"it has", "12 KiB"}},
		{words("it has 50.0 % of 3 × x"), 12, brief, []string{"it has", "50.0 % of", "3 × x"}},
		{words("more (analyzer check tells)"), 16, brief, []string{"more", "(analyzer check", "tells)"}},
		{words("100 ", rawName(class), ", each"), 40, brief, []string{"100", `App\Domain\Customer\Subscr…\ReadModel,`, "each"}},
		{words("100 × ", rawName(class), ", each"), 40, brief, []string{`100 × App\Domain\Customer\…\ReadModel,`, "each"}},
		{words("100 ", rawName(class), ", each"), 40, verbose, []string{"100", class + ",", "each"}},
		{words("a key ", rawName("with some blanks"), " here"), 18, full, []string{"a key", "with some blanks", "here"}},
		{words("Type: ", rawCommand(command), "."), 30, brief, []string{"Type:", command + "."}},
		{words("x ", rawName("a\nb\x1b")), 80, brief, []string{`x a\nb\x1B`}},
	} {
		if got := tt.text.lines(tt.width, tt.d); !slices.Equal(got, tt.want) {
			t.Errorf("%s in %d:\n got %q\nwant %q", tt.text.plain(), tt.width, got, tt.want)
		}
	}
}

func TestFlow(t *testing.T) {
	var b strings.Builder
	out := bufio.NewWriter(&b)
	page := flow(&terminal{out: out, color: true}, Options{Width: 50})
	page.line("short")
	page.note("  - a point that is longer than the fifty columns of this page")
	page.fail(strings.Repeat("x", 50))
	out.Flush()
	want := "short\n" +
		"\x1b[33m  - a point that is longer than the fifty\x1b[39m\n\x1b[33m    columns of this page\x1b[39m\n" +
		"\x1b[31m" + strings.Repeat("x", 50) + "\x1b[39m\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

// A table gives way in its names, the widest first, and never in its numbers.
func TestFitGrid(t *testing.T) {
	rows := [][]cell{{{strings.Repeat("n", 60)}, {"123456789"}, {strings.Repeat("m", 30)}}, {{"short"}, {"1"}, {"x", strings.Repeat("y", 40)}}}
	g := grid{columns: []column{nameColumn("Name"), numeric("Number"), nameColumn("Other")}, rows: slices.Values(rows)}
	for width, want := range map[int]int{200: 60 + 9 + 40 + 10, 80: 80, 60: 60, 10: 12 + 9 + 12 + 10} {
		widths, _ := measure(fit(g, width))
		total := len("|")
		for _, w := range widths {
			total += w + len("|  ")
		}
		if total != want || widths[1] != 9 {
			t.Errorf("in %d: %v, %d columns, want %d", width, widths, total, want)
		}
	}
	if rows[0][0][0] != strings.Repeat("n", 60) {
		t.Error("the rows themselves were cut")
	}
}

func TestNarrowBranches(t *testing.T) {
	for _, tt := range []struct {
		branches string
		width    int
		want     string
	}{
		{"", 50, ""},
		{"├ ", 50, "├ "},
		{"│ │   └ ", 50, "││ └ "},
		{strings.Repeat("│ ", 20) + "├ ", 10, "…" + strings.Repeat("│", 7) + "├ "},
	} {
		if got := narrowBranches(tt.branches, tt.width); got != tt.want {
			t.Errorf("%q in %d: %q, want %q", tt.branches, tt.width, got, tt.want)
		}
	}
}
