package pprof

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pprofile "github.com/google/pprof/profile"

	"memtrail/dump"
	"memtrail/internal/profilebuild"
	"memtrail/internal/profiletest"
	"memtrail/profile"
)

// hostileCalls is a program that calls itself, with names that a terminal would obey.
func hostileCalls() *profilebuild.Frame {
	return &profilebuild.Frame{Name: "root", Bytes: 100, Blocks: 1, Calls: 1, Called: []*profilebuild.Frame{
		{Name: "require /srv/v2/users.php", Bytes: 50, Blocks: 2, Calls: 1, Called: []*profilebuild.Frame{
			{Name: "App\\K::{closure}", Bytes: 500, Blocks: 5, Calls: 5, Called: []*profilebuild.Frame{
				{Name: "App\\K::{closure}", Bytes: 50, Blocks: 5, Calls: 5},
			}},
			{Name: "\x1b[31mred", Bytes: 8, Blocks: 1, Calls: 1},
		}},
	}}
}

func TestCalls(t *testing.T) {
	root := hostileCalls()
	bytesAll, blocksAll := root.Inclusive()
	for format, text := range map[string]string{"array": profilebuild.Array(root), "callgrind": profilebuild.Callgrind(root), "heap": profilebuild.Heap(root)} {
		p := profiletest.Read(t, text)
		var out bytes.Buffer
		if err := WriteCalls(&out, "p", time.Unix(5, 0), p); err != nil {
			t.Fatal(err)
		}
		got, err := pprofile.ParseData(out.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		var blocks, size int64
		deepest := 0
		for _, s := range got.Sample {
			blocks, size, deepest = blocks+s.Value[0], size+s.Value[1], max(deepest, len(s.Location))
		}
		if size != int64(bytesAll) || p.HasBlocks && blocks != int64(blocksAll) || deepest != 4 {
			t.Errorf("%s: %d bytes in %d blocks, %d frames; want %d, %d, 4", format, size, blocks, deepest, bytesAll, blocksAll)
		}
		for _, f := range got.Function {
			if strings.ContainsRune(f.Name, 0x1b) {
				t.Errorf("%s: a live name: %q", format, f.Name)
			}
		}
	}
}

// TestCallsTool has go tool pprof read the profile of the real extension: what each
// function holds with what it called is what memprof says.
func TestCallsTool(t *testing.T) {
	in, err := dump.Open(filepath.Join("..", "..", "..", "testdata", "memprof", "cache_service.array.json.gz"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := profile.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "calls.pb.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := WriteCalls(f, "p", time.Time{}, p); err != nil {
		t.Fatal(err)
	}
	table := rows(t, pprofTool(t, "-top", "-cum", "-nodecount=0", "-nodefraction=0", "-unit=B", path))
	for name, want := range map[string][2]int64{
		"root": {60406, 2557242}, "ProductRepository::find": {1361600, 1361600}, "Kernel::handle": {0, 1361600}, "meminfo_dump": {1128752, 1128752},
	} {
		if table[name] != want {
			t.Errorf("%s: %v, want %v; %v", name, table[name], want, table)
		}
	}
}
