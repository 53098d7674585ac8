package dump

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// captured prints a dump as capture does: items of all kinds, names of all
// kinds, lists of children that a small window does not hold.
func captured(r *rand.Rand, items, children int) ([]byte, []string) {
	var out bytes.Buffer
	w := NewWriter(&out, &Header{MemoryUsage: 12345, MemoryUsageReal: 2 << 20, PeakMemoryUsage: 23456, PeakMemoryUsageReal: 4 << 20})
	names := []string{"id", "a\"b", `back\slash`, "tab\tend", "käse", "中文", "", "0", "17", "x y", strings.Repeat("long ", 30), "≈>+16", "{", "},"}
	types := []string{"null", "bool", "int", "float", "string", "array", "object", "resource"}
	var want collector
	for i := range items {
		it := Item{
			Address: Address(0x7f0000000000 + 64*i), Type: []byte(types[r.IntN(len(types))]), Size: uint64(r.IntN(100000)),
			Fields: HasType | HasSize | HasRoot,
		}
		name := func() []byte { return []byte(names[r.IntN(len(names))]) }
		if t := string(it.Type); t == "string" || t == "array" || t == "object" || t == "resource" {
			it.Alloc, it.Refs = uint64(r.IntN(5000)), 1+uint32(r.IntN(3))
			it.Fields |= HasAlloc
		}
		if r.IntN(6) == 0 {
			it.IsRoot, it.Frame, it.Symbol = true, name(), name()
			it.Fields |= HasFrame | HasSymbol
		}
		if string(it.Type) == "object" {
			it.Class, it.Handle = name(), fmt.Append(nil, i)
			it.Fields |= HasClass | HasHandle
		}
		if t := string(it.Type); t == "object" || t == "array" {
			it.Fields |= HasChildren
			for j := range r.IntN(children) {
				it.Children = append(it.Children, Child{Key: append(name(), fmt.Sprint(j)...)})
				it.Addresses = append(it.Addresses, Address(0x7f0000000000+64*r.IntN(items)))
				it.NumChildren++
			}
		}
		w.Item(&it)
		SpellIDs(&it, nil)
		want.Item(&it)
	}
	if err := w.Close(&Capture{PHP: "8.2.1", Threads: 1, Balanced: true, Blocks: Amount{3, 99}, Owners: []Owner{{"values", Amount{3, 99}}}}); err != nil {
		panic(err)
	}
	return out.Bytes(), want.items
}

// What a writer prints, a scanner reads, on every path and with every window.
func TestWriter(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		text, items := captured(r, 60, 12)
		if !json.Valid(text) {
			t.Fatal("no JSON")
		}
		want := scanAll(t, bytes.NewReader(text), everything(tuning{}))
		if d := differItems(want.items, items); d != "" {
			t.Fatal("not what was written: " + d)
		}
		if want.general > 0 || !want.info.Complete || len(want.info.Defects.List()) > 0 {
			t.Errorf("%d items took the general path; complete %v, %v", want.general, want.info.Complete, want.info.Defects.List())
		}
		if c := want.info.Capture; c == nil || c.PHP != "8.2.1" || c.Owner("values") != (Amount{3, 99}) {
			t.Errorf("capture %+v", c)
		}
		for s := range uint64(6) {
			checkDamaged(t, fmt.Sprintf("seed %d", seed), text, s)
		}
	}
}

// A list of children that no window holds goes in pieces, by the general path.
func TestWriterWide(t *testing.T) {
	text, items := captured(rand.New(rand.NewPCG(1, 6)), 30, 2000)
	for s := range uint64(6) {
		checkDamaged(t, "wide", text, s)
	}
	if d := differItems(scanAll(t, bytes.NewReader(text), everything(tuning{})).items, items); d != "" {
		t.Error(d)
	}
}

// Damage costs the same on every path, see TestDamage.
func TestDamagedCapture(t *testing.T) {
	rounds := cases.Number(15, 600)
	text, _ := captured(rand.New(rand.NewPCG(2, 7)), 25, 6)
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 8))
		bad, _ := harm(r, text)
		for r.IntN(3) == 0 {
			bad, _ = harm(r, bad)
		}
		checkDamaged(t, fmt.Sprintf("seed %d", seed), bad, seed)
	}
	for n := range len(text) {
		if n%7 == 0 {
			checkDamaged(t, fmt.Sprintf("cut at %d", n), text[:n], uint64(n))
		}
	}
}

// Names that are no UTF-8 have no better form in JSON than Latin-1.
func TestWriterText(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "k\xe4se": `k\u00e4se`, "käse": "käse", "\x00\x1f": `\u0000\u001f`, `"\`: `\"\\`, "\xff\xfe中": `\u00ff\u00fe中`, "": "",
	} {
		if got := string(appendText(nil, []byte(in))); got != want {
			t.Errorf("%q is written %s, want %s", in, got, want)
		}
	}
}

// Addresses are written as strconv writes them.
func TestAppendHex(t *testing.T) {
	for shift := range 65 {
		for _, n := range []uint64{1<<shift - 1, 1 << shift, 0x123456789abcdef0 >> shift, 0x0fedcba987654321 << shift} {
			if got, want := string(appendHex([]byte("0x"), n)), fmt.Sprintf("0x%x", n); got != want {
				t.Errorf("%d is written %s, want %s", n, got, want)
			}
		}
	}
}
