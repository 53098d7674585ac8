package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestProfilesOfPrograms joins dumps of three programs, testdata/memprof/programs, with
// profiles that another profiler wrote by memprof's rules: what was asked for, by call
// path. None of them was looked at while the join was made.
func TestProfilesOfPrograms(t *testing.T) {
	type made struct {
		Function  string
		PerMember uint64 `json:"blocks_per_member"`
		Bytes     uint64
	}
	type survival struct {
		Class       string
		Alive, Made uint64
	}
	for _, c := range []struct {
		program, path, function string
		perMember               uint64
		class                   string
		alive, made             uint64
		confidence              string
		// The model rounds up, and counts strings once for each place: a literal and the
		// key that is a property, too, were made elsewhere, or once.
		most float64
	}{
		{"events", "require() $stream->events", `Shop\Checkout::payload`, 5, `Shop\Event`, 1500, 1500, "high", 1.07},
		{"tree", "Registry::$handlers", "Builder::handler", 4, "Handler", 1200, 1200, "high", 1.17},
		{"lru", "require() $queue->done", "Queue::log", 6, "Job", 1000, 1000, "high", 1.05},
		{"lru", "require() $lru->rows", "Row::__construct", 5, "Row", 500, 20000, "low", 1.13},
	} {
		for _, format := range []string{".array.json.gz", ".callgrind.gz"} {
			file := filepath.Join("..", "..", "testdata", "memprof", c.program)
			out, errs, code := analyze(t, "", "leaks", file+".json.zst", "--profile", file+format, "--format", "json")
			var doc struct {
				Suspects []struct {
					At         struct{ Path string } `json:"accumulation_point"`
					Retained   uint64                `json:"retained_bytes"`
					Confidence string
					MadeBy     []made `json:"made_by"`
					Survives   []survival
				}
				Profile struct {
					Functions []string `json:"dump_functions"`
				}
			}
			if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
				t.Fatalf("%s%s: exit code %d, %v, %s", c.program, format, code, err, errs)
			}
			if len(doc.Profile.Functions) != 1 || doc.Profile.Functions[0] != "meminfo_dump" {
				t.Errorf("%s%s: the dump itself is %q", c.program, format, doc.Profile.Functions)
			}
			found := false
			for _, s := range doc.Suspects {
				if s.At.Path != c.path {
					continue
				}
				found = true
				if len(s.MadeBy) == 0 || s.MadeBy[0].Function != c.function || s.MadeBy[0].PerMember != c.perMember {
					t.Fatalf("%s%s: %s was made by %+v", c.program, format, c.path, s.MadeBy)
				}
				sum := uint64(0)
				for _, m := range s.MadeBy {
					sum += m.Bytes
				}
				if model := float64(s.Retained) / float64(sum); model < 0.97 || model > c.most {
					t.Errorf("%s%s: %s is %.3f times what was asked for", c.program, format, c.path, model)
				}
				if len(s.Survives) == 0 || s.Survives[0].Class != c.class || s.Survives[0].Alive != c.alive || s.Survives[0].Made != c.made {
					t.Errorf("%s%s: %s survives %+v", c.program, format, c.path, s.Survives)
				}
				if s.Confidence != c.confidence {
					t.Errorf("%s%s: confidence in %s is %s", c.program, format, c.path, s.Confidence)
				}
			}
			if !found {
				t.Errorf("%s%s: %s is no suspect", c.program, format, c.path)
			}
		}
	}
}
