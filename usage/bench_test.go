package usage

import (
	"bytes"
	"fmt"
	"testing"
)

// BenchmarkRead reads what a log has: records of Monolog, and lines of CSV.
func BenchmarkRead(b *testing.B) {
	var monolog, csv bytes.Buffer
	csv.WriteString("time,pid,usage,real,peak,uri\n")
	for i := range 20_000 {
		fmt.Fprintf(&monolog, `{"message":"request handled","context":{"route":"/users/%d","status":200},"level":200,"channel":"app","datetime":"2026-11-25T18:%02d:%02d.%06d+00:00","extra":{"memory_usage":"%d MB","memory_peak_usage":"%d MB","process_id":%d}}`+"\n",
			i%977, i/60%60, i%60, i, 10+i/2000, 12+i/2000, 1000+i%3000)
		fmt.Fprintf(&csv, "%d.%03d,%d,%d,%d,%d,/users/%d\n", 1764000000+i/10, i%1000, 100+i%4, 5_000_000+i*10, 8_388_608, 5_100_000+i*10, i%999)
	}
	for name, text := range map[string][]byte{"monolog": monolog.Bytes(), "csv": csv.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(bytes.NewReader(text), Columns{}, func(*Reading) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
