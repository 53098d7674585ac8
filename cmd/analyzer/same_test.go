package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
)

// TestSameAnswers changes what of a dump means nothing, and expects the same answers,
// changed in the same way: addresses that are shifted, names that are other names, and
// items in another order, for what does not go by it.
func TestSameAnswers(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`0x[0-9a-f]{12}`)
	shift := func(text []byte) []byte {
		return id.ReplaceAllFunc(text, func(id []byte) []byte {
			n, err := strconv.ParseUint(string(id[2:]), 16, 64)
			if err != nil {
				t.Error(err)
			}
			return fmt.Appendf(nil, "%#x", n+0x1000_0000)
		})
	}
	// Of the same length, and in the same order: columns and ties stay.
	rename := func(text []byte) []byte {
		text = bytes.ReplaceAll(text, []byte(`App\\`), []byte(`Apq\\`))
		return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte(`App\`), []byte(`Apq\`)), []byte("zheld"), []byte("zhele"))
	}
	fingerprint := regexp.MustCompile(`\b[0-9a-f]{8}\b`)
	shuffle := func(d *dumpbuild.Dump) []byte {
		d = d.Clone()
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(d.Items), func(i, k int) { d.Items[i], d.Items[k] = d.Items[k], d.Items[i] })
		return d.PrintUsual()
	}
	cache := dumpbuild.NewArray()
	for i := range 400 {
		cache.Add(fmt.Sprint("key ", i), dumpbuild.NewObject(`App\User`, dumpbuild.To("name", dumpbuild.NewString(uint64(30+i%7))), dumpbuild.To("tags", dumpbuild.NewArray(dumpbuild.To("0", dumpbuild.NewString(90))))))
	}
	d := dumpbuild.New().Memory(700_000, 2<<20, 800_000, 2<<20).
		Global("service", dumpbuild.NewObject(`App\Service`, dumpbuild.To("zheld", cache), dumpbuild.To("log", dumpbuild.NewArray()))).
		Frame("serve()", "cached", dumpbuild.NewObject(`App\Pool`, dumpbuild.To("zheld", cache))).Dump()
	plain := d.PrintUsual()
	same := func(text []byte) []byte { return text }
	for _, change := range []struct {
		name   string
		dump   []byte
		answer func([]byte) []byte
		args   []string
	}{
		{"addresses", shift(plain), shift, []string{"summary", "summary --retained", "top-children --paths", "query -l 0 -v", "leaks", "leaks --format json", "tree", "check", "ref-path $service->zheld"}},
		{"names", rename(plain), rename, []string{"summary", "summary --retained", "top-children --paths", "query -l 0 -v", "leaks", "leaks --format json", "tree", "check"}},
		{"order", shuffle(d), same, []string{"summary", "summary --group type", "summary --retained", "tree"}},
		{"layout", dumpbuild.Reordered(d).PrintUsual(), same, []string{"summary", "leaks", "tree", "ref-path $service->zheld"}},
	} {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"a.json": plain, "b.json": change.dump} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if bytes.Equal(plain, change.dump) {
			t.Errorf("%s: nothing is changed", change.name)
		}
		for _, line := range change.args {
			answers := make([]string, 2)
			for i, name := range []string{"a.json", "b.json"} {
				args := append(strings.Fields(line), filepath.Join(dir, name))
				out, errs, code := analyze(t, "", args...)
				if code != exitOK {
					t.Errorf("%s, %s: exit code %d, %s", change.name, line, code, errs)
				}
				if i == 0 {
					out = string(change.answer([]byte(out)))
				}
				answers[i] = fingerprint.ReplaceAllString(strings.ReplaceAll(out, name, "X.json"), "F")
			}
			if line == "check" {
				answers[0], answers[1] = withoutEnd(answers[0]), withoutEnd(answers[1])
			}
			if answers[0] != answers[1] {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", change.name, line, answers[1], answers[0])
			}
		}
	}
}
