package usage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func readAll(text string, c Columns) (got []string, info Info, err error) {
	info, err = Read(strings.NewReader(text), c, func(r *Reading) error {
		got = append(got, fmt.Sprintf("%d %s %s %d/%d/%d/%d", r.Nanos/1e6, r.PID, r.Request, r.Usage, r.Real, r.Peak, r.RSS))
		return nil
	})
	return got, info, err
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text            string
		columns         Columns
		want            []string
		others, damaged uint64
	}{
		"the curve of a recording": {
			text: "time,pid,usage,real,peak,rss,event,detail\n2026-11-25T18:50:07.897Z,2180,992608,2097152,992608,24944640,found,PHP 8.2.36\n" +
				"2026-11-25T18:50:08.001Z,2180,,,,24944640,lost,\n2026-11-25T18:50:08.910Z,21",
			want: []string{"1795632607897 2180  992608/2097152/992608/24944640"}, others: 1, damaged: 1,
		},
		"quotes, semicolons, other names": {
			text: "\ufeff\"Date\";\"Process ID\";\"Memory usage\";\"Note\"\r\n2026-11-25 18:50:07;7;\"1,024 KB\";\"a \"\"b\"\"; c\"\r\n\r\n",
			want: []string{"1795632607000 7  1048576/0/0/0"},
		},
		"Monolog": {
			text: `{"message":"done \"x\"","context":{"route":"/a/1","list":[1,{"memory":5}]},"datetime":"2026-11-25T19:50:07+01:00","extra":{"memory_usage":"12.5 MB","memory_peak_usage":"13 MB","process_id":12}}` +
				"\n" + `{"message":"no memory"}` + "\n" + `{"message":"cut`,
			want: []string{"1795632607000 12 /a/1 13107200/0/13631488/0"}, others: 1, damaged: 1,
		},
		"the plainer of two keys": {
			text: `{"mem":1,"usage":2,"memory":3,"t":5}`,
			want: []string{"5000   2/0/0/0"},
		},
		"names given": {
			text: `{"a":{"b":7},"usage":9,"x":"cron"}`, columns: Columns{Usage: "a.b", Request: "x"},
			want: []string{"0  cron 7/0/0/0"},
		},
		"times in other units": {
			text: "t,usage\n1764000000,1\n1764000000.25,1\n1764000000250,1\n1764000000250000,1\n1764000000250000000,1\n25/Nov/2026:18:50:07 +0000,1\nnever,1\n",
			want: []string{"1764000000000   1/0/0/0", "1764000000250   1/0/0/0", "1764000000250   1/0/0/0", "1764000000250   1/0/0/0",
				"1764000000250   1/0/0/0", "1795632607000   1/0/0/0"},
			damaged: 1,
		},
		"sizes": {
			text: "usage\n1K\n1.5 KiB\n2 mb\n3 bytes\n-1\n1e9\n99999999999999999999\n12 parsecs\n",
			want: []string{"0   1024/0/0/0", "0   1536/0/0/0", "0   2097152/0/0/0", "0   3/0/0/0"}, damaged: 4,
		},
		"a line that is too long": {
			text: "usage,uri\n1,a\n2," + strings.Repeat("x", 3<<20) + "\n3,b\n",
			want: []string{"0  a 1/0/0/0", "0  b 3/0/0/0"}, damaged: 1,
		},
		"tabs": {text: "pid\tusage\n1\t2", want: []string{"0 1  2/0/0/0"}},
	} {
		got, info, err := readAll(c.text, c.columns)
		if err != nil || !slices.Equal(got, c.want) || info.Others != c.others || info.Damaged != c.damaged {
			t.Errorf("%s: %q, %d others, %d damaged, %v; want %q, %d, %d", name, got, info.Others, info.Damaged, err, c.want, c.others, c.damaged)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "no line has a column of memory usage; name it",
		"a,b\n1,2\n":          "no line has a column of memory usage in the first line; it has a, b",
		`{"a":1}`:             "no line has a column of memory usage; name it by --usage",
		"usage\n":             "no line has",
		"usage,pid\nnone,7\n": "no line has",
	} {
		if _, _, err := readAll(text, Columns{}); !errors.Is(err, ErrNoUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, _, err := readAll("usage,pid\n1,2\n", Columns{PID: "worker"}); err == nil || !strings.Contains(err.Error(), `no column "worker"`) {
		t.Errorf("a column that is not there: %v", err)
	}
	broken := errors.New("the disk is gone")
	if _, err := Read(iotest.ErrReader(broken), Columns{}, nil); !errors.Is(err, broken) {
		t.Errorf("a read error: %v", err)
	}
	stop := errors.New("stop")
	if _, err := Read(strings.NewReader("usage\n1\n"), Columns{}, func(*Reading) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the function: %v", err)
	}
}

// TestTimesAgainstLibrary holds the reader of dates against the library's.
func TestTimesAgainstLibrary(t *testing.T) {
	at := time.Date(1969, 12, 31, 23, 59, 59, 123456789, time.UTC)
	for range 3000 {
		for _, layout := range []string{time.RFC3339Nano, time.RFC3339} {
			text := at.In(time.FixedZone("", at.Second()*61)).Format(layout)
			want, err := time.Parse(layout, text)
			if got, ok := rfc3339([]byte(text)); err != nil || !ok || got != want.UnixNano() {
				t.Fatalf("%s: %d, %t, want %d", text, got, ok, want.UnixNano())
			}
		}
		at = at.Add(7*24*time.Hour + 11*time.Hour + 13*time.Minute + 17*time.Second + 19)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("time,pid,usage\n1,2,3\n"))
	f.Add([]byte("\"a\";usage\n\"x\"\"y\";5 MB\n"))
	f.Add([]byte(`{"a":{"memory":"5 MB","l":[1,"]"]},"t":"2026-11-25T18:50:07Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		count := func(split bool) (n uint64, sum uint64) {
			var r interface{ Read([]byte) (int, error) } = bytes.NewReader(text)
			if split {
				r = iotest.OneByteReader(r)
			}
			info, _ := Read(r, Columns{}, func(r *Reading) error {
				n++
				sum += r.Usage
				if r.Usage > 1e18 {
					t.Errorf("%d bytes", r.Usage)
				}
				return nil
			})
			if info.Readings != n || info.Readings+info.Others+info.Damaged > info.Lines {
				t.Errorf("%+v, %d readings", info, n)
			}
			return n, sum
		}
		n, sum := count(false)
		if m, other := count(true); m != n || sum != other {
			t.Errorf("%d readings of %d bytes, read byte by byte %d of %d", n, sum, m, other)
		}
	})
}

// TestLongNames: what a log makes up does not fill memory: the name of a process
// has an end, and long keys are not remembered.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("x", maxPID+1)

	info, err := Read(strings.NewReader("pid,usage\n"+long+",5\n"+long[1:]+",6\n"), Columns{}, func(r *Reading) error {
		if len(r.PID) > maxPID {
			t.Errorf("a name of %d bytes", len(r.PID))
		}
		return nil
	})
	if err != nil || info.Readings != 1 || info.Damaged != 1 || info.FirstDamaged != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	p := &parser{}
	for i := range 3 {
		if kind := p.json.read(fmt.Appendf(nil, `{"%s%d": 1, "usage": 5}`, strings.Repeat("k", maxKey), i), p); kind != isReading {
			t.Errorf("line %d is %d", i, kind)
		}
	}
	if len(p.json.known) != 1 {
		t.Errorf("%d keys are remembered", len(p.json.known))
	}
}
