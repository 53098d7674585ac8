package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/internal/cases"
)

// TestDamage flips, drops and doubles bytes of dumps: each command answers, or
// says that it cannot, and never panics.
func TestDamage(t *testing.T) {
	t.Parallel()
	commands := [][]string{
		{"summary", "-", "--shapes"}, {"summary", "-", "--sizes", "allocated"}, {"summary", "-", "--group", "frame", "--retained"},
		{"top-children", "-", "--paths"}, {"query", "-", "--format", "json", "-l", "0"}, {"query", "-", "-f", "retained>1", "--sort", "retained"},
		{"check", "-"}, {"heap", "-"}, {"leaks", "-", "--threshold", "0.1%", "-v"}, {"tree", "-", "--depth", "100"}, {"diff", data("example.json"), "-"},
		{"ref-path", "0x7fef5a680760", "-", "--dominators", "--all-paths", "2"},
	}
	for _, name := range []string{"example.json", "closure-address-reuse.json", "statics.json", "ffi-trailing-comma.json"} {
		whole, err := os.ReadFile(data(name))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(cases.Number(len(commands), 60)) {
			r := rand.New(rand.NewPCG(seed, 1))
			b := slices.Clone(whole)
			for range 1 + r.IntN(8) {
				switch i := r.IntN(len(b)); r.IntN(3) {
				case 0:
					b[i] = byte(r.Uint32())
				case 1:
					b = slices.Delete(b, i, min(len(b), i+1+r.IntN(40)))
				default:
					b = slices.Insert(b, i, b[i:min(len(b), i+r.IntN(200))]...)
				}
			}
			args := commands[int(seed)%len(commands)]
			_, stderr, code := analyze(t, string(b), args...)
			if code != exitOK && code != exitUnusable && code != exitIncomplete || code == exitUnusable && stderr == "" {
				t.Errorf("%s, seed %d, %v: exit code %d, stderr %q", name, seed, args, code, stderr)
			}
		}
	}
}

// TestDamagedEnds has what can be wrong with the ends of a dump. Each command
// says so in a sentence, with the file and the byte, and exits with 3; check
// never says that the dump is sound, and no gate passes.
func TestDamagedEnds(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		b, err := os.ReadFile(data(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	example, statics := read("example.json"), read("statics.json")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(example)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	gz := packed.Bytes()
	dangling := bytes.Replace(example, []byte("\n    \"0x7fef5a65ac00\" : {"), []byte("\n    \"0x7fef5a65ac01\" : {"), 1)
	for _, c := range []struct {
		name string
		dump []byte
		says string // of summary, where it does not need a graph
	}{
		{"head-lost.json", example[16<<10:], "the head of the dump is damaged, at byte "},
		{"head-blank.json", append(bytes.Repeat([]byte(" "), 16<<10), example[16<<10:]...), "the head of the dump is damaged, at byte "},
		{"name-of-items.json", bytes.Replace(example, []byte(`"items"`), []byte(`"items&`), 1), "the head of the dump is damaged, at byte 161:"},
		{"two-dumps.json", slices.Concat(statics, example), "items stand behind the end of the dump, at byte "},
		{"early-brace.json", bytes.Replace(statics, []byte("\n    \"0x7f1eaf8028f0\" :"), []byte("\n    }0x7f1eaf8028f0\" :"), 1), "items stand behind the end of the dump, at byte "},
		{"checksum.json.gz", slices.Concat(gz[:len(gz)-5], []byte{gz[len(gz)-5] ^ 1}, gz[len(gz)-4:]), "the checksum or the length of the gzip data is wrong, behind the dump's end at byte "},
		{"cut.json.gz", gz[:len(gz)*2/3], "the gzip data ends early, at byte "},
		{"children.json", bytes.Replace(example, []byte("\"children\" : {\n            \"0\""), []byte("\"childrem\" : {\n            \"0\""), 1), "1 list of references that was not called children was left out, the first in the item at byte "},
		{"dangling.json", dangling, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, c.name)
			write := func(path string, b []byte) string {
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			write(path, c.dump)
			says := cmp.Or(c.says, "to ids that the dump does not have: php-meminfo writes all that it names")
			others := []string{write(filepath.Join(dir, "a.json"), example), write(filepath.Join(dir, "b.json"), example)}
			series := append(others, path)
			for _, args := range [][]string{
				{"summary", path}, {"summary", path, "--retained"}, {"query", path, "-l", "1"}, {"top-children", path}, {"leaks", path},
				{"tree", path}, {"heap", path}, {"diff", others[0], path}, {"diff", path, others[0]},
				append([]string{"growth"}, series...), append([]string{"gate", "--baseline", "", "--min-bytes", "1"}, series...),
			} {
				_, stderr, code := analyze(t, "", args...)
				if c.says == "" && (args[0] == "query" || args[0] == "top-children" || args[0] == "summary" && len(args) == 2) {
					continue // they do not look where references lead
				}
				if code != exitIncomplete || !strings.Contains(stderr, says) || !strings.Contains(stderr, "warning: "+path+": ") {
					t.Errorf("%s: exit code %d, %q; want %q", args[0], code, stderr, says)
				}
			}
			out, _, code := analyze(t, "", "check", path)
			if code != exitIncomplete || strings.Contains(out, "Sound") {
				t.Errorf("check: exit code %d, %.100s", code, out)
			}
			if out, _, _ = analyze(t, "", "summary", path, "--retained", "--format", "json"); !strings.Contains(out, `"complete": false`) {
				t.Error("JSON: complete")
			}
		})
	}
}

// TestLosses has a sentence for each defect that loses something.
func TestLosses(t *testing.T) {
	t.Parallel()
	for k := dump.DefectKind(0); k.Loses(); k++ {
		d := analysis.Defect{Kind: k.String(), Count: 1, First: 7, Loses: true}
		whole := k == dump.Changed || k == dump.ReadError || k == dump.Truncated // assess words them
		if text := loss(&d); whole != (text == "") || strings.HasPrefix(text, d.Kind) {
			t.Errorf("%s: %q", k, text)
		}
	}
	for _, kind := range []string{"dangling_child", "duplicate_id", "orphan_item"} {
		if text := loss(&analysis.Defect{Kind: kind, Count: 2, First: -1, Loses: true}); strings.HasPrefix(text, kind) || strings.Contains(text, "-1") {
			t.Errorf("%s: %q", kind, text)
		}
	}
}
