package report

import (
	"bytes"
	"testing"

	"memtrail/analysis/allocators"
	"memtrail/profile"
)

func made(bytes, blocks, inclusive, calls uint64) allocators.Made {
	return allocators.Made{Self: profile.Amount{Bytes: bytes, Blocks: blocks}, Inclusive: profile.Amount{Bytes: inclusive, Blocks: blocks}, Calls: calls}
}

func oneProfile(format profile.Format, full bool) allocators.Source {
	s := allocators.Source{
		Name: "w\x1b[1m.json", Format: format, Total: profile.Amount{Bytes: 3 << 20, Blocks: 24_000}, HasBlocks: full, HasCalls: full,
		Dump: profile.Amount{Bytes: 1 << 20, Blocks: 6_000}, DumpBy: []string{"meminfo_dump"},
	}
	if !full {
		s.Total.Blocks, s.Dump.Blocks = 0, 0
	}
	return s
}

func allocatorsResults() map[string]writer {
	rows := []allocators.Row{
		{Name: "App\\Repository::find", File: "/app/r.php", Made: []allocators.Made{made(1_361_600, 18_002, 1_361_600, 3000)}},
		{Name: "root", Made: []allocators.Made{made(60_406, 170, 2_097_152, 1)}},
		{Name: "=cmd()\x1b[31m\u202e|x`\xff", Made: []allocators.Made{made(999, 9, 1999, 2)}},
		{Name: "Kernel::handle", Made: []allocators.Made{made(0, 0, 1_361_600, 3000)}},
		{Name: "strlen", Made: []allocators.Made{made(0, 0, 0, 12_000)}},
	}
	one := &allocators.Allocators{By: allocators.ByFunction, Profiles: []allocators.Source{oneProfile(profile.Array, true)}, Rows: rows, Cut: 3}
	heap := &allocators.Allocators{By: allocators.ByClass, Profiles: []allocators.Source{oneProfile(profile.Heap, false)}, Rows: rows[:2]}
	path := &allocators.Allocators{By: allocators.ByPath, Profiles: []allocators.Source{oneProfile(profile.Callgrind, true)}, Rows: []allocators.Row{
		{Name: "find", Path: []string{"root", "require /app/worker.php", "walk", "walk", "walk", "find"}, Made: rows[0].Made},
		{Name: "deep", Path: []string{"root", "a", "b", "c", "d", "e", "f", "deep"}, Omitted: 1200, Made: rows[1].Made},
	}}
	series := &allocators.Allocators{By: allocators.ByFunction, Unnested: true, Rows: []allocators.Row{
		{Name: "Cache::set", Made: []allocators.Made{made(1000, 10, 1000, 10), made(2000, 20, 2000, 20), made(4000, 40, 4000, 40)}},
		{Name: "Pool::get", Made: []allocators.Made{made(9000, 9, 9000, 90), made(9000, 9, 9000, 90), made(9000, 9, 9000, 90)}},
		{Name: "Buffer::fill", Made: []allocators.Made{made(5000, 5, 9000, 50), made(4000, 4, 8000, 60), made(3000, 3, 4000, 70)}},
	}}
	for range 3 {
		series.Profiles = append(series.Profiles, oneProfile(profile.Callgrind, true))
	}
	series.Profiles[0].Total.Bytes = 2 << 20
	results := map[string]writer{}
	for name, a := range map[string]*allocators.Allocators{"one": one, "heap": heap, "path": path, "series": series} {
		results[name] = bind(Allocators, a)
	}
	return results
}

func TestAllocatorsGolden(t *testing.T) {
	for name, write := range allocatorsResults() {
		t.Run(name, func(t *testing.T) { golden(t, "allocators-"+name, everyFormat(t, write)) })
	}
}

func TestAllocatorsSchema(t *testing.T) {
	schema := map[string][]string{
		"":            {"bytes", "blocks", "dump_bytes", "dump_blocks", "by", "call_paths", "functions", "more", "profiles"},
		"functions[]": {"name", "file", "bytes", "blocks", "inclusive_bytes", "inclusive_blocks", "calls", "left_per_call"},
		"profiles[]":  {"name", "format", "bytes", "blocks", "dump_bytes", "dump_blocks", "dump_functions"},
	}
	for name, write := range allocatorsResults() {
		var out bytes.Buffer
		if err := write(&out, Options{Format: JSON}); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, schema, "", decoded(t, out.Bytes()))
		if !ascii(out.Bytes()) {
			t.Errorf("%s: not ASCII: %q", name, out.Bytes())
		}
	}
}
