package rows

import (
	"io"
	"testing"

	"memtrail/analysis/inventory"
	"memtrail/analysis/tree"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

// BenchmarkTables writes the two large tables.
func BenchmarkTables(b *testing.B) {
	text, _ := dumptest.Simulate(b, 1_000_000)
	g, info := dumptest.Build(b, text)
	v := inventory.Of(g, info, zend.Auto)
	v.Name = "dump.json"
	source := Source{v, func() *tree.Tree { return v.Tree(inventory.Options{Nodes: 20000}) }}
	for _, format := range []Format{Parquet, NDJSON, CSV} {
		for _, table := range []Table{Items, Edges} {
			b.Run(string(format)+"/"+string(table), func(b *testing.B) {
				for b.Loop() {
					w, err := New(io.Discard, format, table)
					if err != nil {
						b.Fatal(err)
					}
					if err := w.Add(source); err != nil {
						b.Fatal(err)
					}
					if err := w.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
