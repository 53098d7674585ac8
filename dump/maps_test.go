package dump

import (
	"strings"
	"testing"
)

const maps = `55d0c8a00000-55d0c8c00000 r-xp 00000000 fd:01 131 /usr/bin/php8.2
55d0ca1f3000-55d0ca3a1000 rw-p 00000000 00:00 0                          [heap]
7f2934400000-7f2934800000 rw-p 00000000 00:00 0
7f2934800000-7f2934a00000 rw-p 00000000 00:00 0 [anon:zend_alloc]
7f2934a00000-7f2934b00000 ---p 00000000 00:00 0
7f2936000000-7f2936200000 rw-s 00000000 00:01 77   /dev/zero (deleted)
7ffc3d0e5000-7ffc3d106000 rw-p 00000000 00:00 0 [stack]
`

func TestParseMaps(t *testing.T) {
	rs, err := ParseMaps(strings.NewReader(maps))
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[Address]string{
		0x55d0c8a00000: "/usr/bin/php8.2", 0x55d0ca3a0fff: "[heap]", 0x7ffc3d0e5000: "[stack]",
		0x7f29347fffff: "", 0x7f2934800000: "[anon:zend_alloc]", 0x7f2936000008: "/dev/zero (deleted)",
	} {
		if r := rs.Find(a); r == nil || r.Name != want {
			t.Errorf("%#x lies in %+v, want %q", a, r, want)
		}
	}
	for _, a := range []Address{0, 0x55d0c89fffff, 0x55d0ca3a1000, 0x7fffffffffff} {
		if r := rs.Find(a); r != nil {
			t.Errorf("%#x lies in %+v, want nowhere", a, r)
		}
	}
	for _, tt := range []struct {
		from, to Address
		want     bool
	}{
		{0x7f2934400000, 0x7f2934600000, true},
		{0x7f2934600000, 0x7f2934a00000, true},  // two mappings, no gap
		{0x7f2934800000, 0x7f2934a01000, false}, // not accessible
		{0x7f2934200000, 0x7f2934400000, false},
		{0x7f2936000000, 0x7f2936200000, false}, // shared
		{0x55d0ca200000, 0x55d0ca300000, false}, // brk's heap
	} {
		if got := rs.Hold(tt.from, tt.to); got != tt.want {
			t.Errorf("Hold(%#x, %#x) = %v", tt.from, tt.to, got)
		}
	}
}

// Order, blank lines, missing fields and the details of smaps do not matter.
func TestParseMapsTolerant(t *testing.T) {
	rs, err := ParseMaps(strings.NewReader("\r\n2000-3000\nSize:   4 kB\nVmFlags: rd wr\n  abc000-abd000 rw-p 0 00:00 0 /a b\r\n0x1000-0x2000 rw-p\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(rs) != 3 || rs[0].From != 0x1000 || rs[1].To != 0x3000 || rs[2].Name != "/a b" || rs[0].Permissions != "rw-p" {
		t.Errorf("%+v", rs)
	}
	if !rs.Hold(0x1000, 0x3000) {
		t.Error("neighbours are not held")
	}
}

func TestParseMapsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "no mapping in it",
		"\n\n":                          "no mapping in it",
		"1000-2000 rw-p\nhello world\n": `line 2: "hello" is no range`,
		"1000-xyz rw-p":                 `line 1: "xyz" is no address`,
		"\n3000-2000 rw-p":              "line 2: the range 3000-2000 ends before it begins",
		"1-" + strings.Repeat("f", 100): "line 1",
		strings.Repeat("f", 2<<20):      "line 1: too long",
	} {
		rs, err := ParseMaps(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("%.40q: %+v, error %v, want %q", text, rs, err, want)
		}
	}
}

func FuzzParseMaps(f *testing.F) {
	f.Add(maps)
	f.Add("1-2\nA: 1")
	f.Add(":")
	f.Fuzz(func(t *testing.T, text string) {
		rs, err := ParseMaps(strings.NewReader(text))
		if (err == nil) == (len(rs) == 0) {
			t.Fatalf("%d regions, error %v", len(rs), err)
		}
		for i := range rs {
			if got := rs.Find(rs[i].From); got == nil || got.From != rs[i].From {
				t.Errorf("%#x lies in %+v", rs[i].From, got)
			}
			rs.Hold(rs[i].From, rs[i].To)
		}
	})
}
