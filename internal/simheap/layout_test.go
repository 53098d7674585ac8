package simheap_test

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

// The text is a real dump's, but for names, sizes and addresses. Ids are
// numbered in the order in which they occur.
func TestLayout(t *testing.T) {
	data, _ := write(t, simheap.Options{Items: superglobals + 4 + 8 + 1, Mix: simheap.Mix{simheap.Cache: 1}})
	text := numberIDs(string(data))

	const start = `{
  "header" : {
    "memory_usage" : 391440,
    "memory_usage_real" : 2097152,
    "peak_memory_usage" : 391696,
    "peak_memory_usage_real" : 2097152
  },
  "items": {
    "#1" : {
        "type" : "array",
        "size" : "72",
        "symbol_name" : "_GET",
        "is_root" : true,
        "frame" : "<GLOBAL>"
,
        "children" : {

        }

    },
`
	if !strings.HasPrefix(text, start) {
		t.Errorf("starts with\n%s\nwant\n%s", text[:len(start)], start)
	}
	const middle = `    "#30" : {
        "type" : "object",
        "size" : "72",
        "symbol_name" : "userService",
        "is_root" : true,
        "frame" : "<GLOBAL>"
,
        "class" : "App\\Account\\UserService",
        "object_handle" : "5",
        "children" : {
            "cache":"#31",
            "db":"#32"
        }

    },
    "#31" : {
        "type" : "object",
        "size" : "72",
        "is_root" : false
,
        "class" : "App\\Cache\\ArrayCache",
        "object_handle" : "4",
        "children" : {
            "cache":"#33"
        }

    },
    "#33" : {
        "type" : "array",
        "size" : "72",
        "is_root" : false
,
        "children" : {
            "1":"#34",
            "2":"#35"
        }

    },
    "#34" : {
        "type" : "object",
        "size" : "72",
        "is_root" : false
,
        "class" : "App\\Account\\User",
        "object_handle" : "1",
        "children" : {
            "userName":"#36",
            "name":"#37",
            "surname":"#38"
        }

    },
    "#36" : {
        "type" : "string",
        "size" : "24",
        "is_root" : false


    },
`
	if !strings.Contains(text, middle) {
		t.Errorf("the dump is\n%s\nwithout\n%s", text, middle)
	}
	const last = `        "symbol_name" : "App\\Metrics\\Clock::ticks",
        "is_root" : true,
        "frame" : "<CLASS_STATIC_MEMBER>"
,
        "children" : {

        }

    }
}
}
`
	if !strings.HasSuffix(text, last) {
		t.Errorf("ends with\n%s\nwant\n%s", text[max(0, len(text)-len(last)):], last)
	}
}

// What the simulator writes before any structure, apart from $ticks.
const superglobals = 29

func numberIDs(text string) string {
	numbers := map[string]string{}
	return regexp.MustCompile(`"0x7[0-9a-f]{11}"`).ReplaceAllStringFunc(text, func(id string) string {
		if numbers[id] == "" {
			numbers[id] = `"#` + strconv.Itoa(len(numbers)+1) + `"`
		}
		return numbers[id]
	})
}

// Printing what was read gives the same bytes: the two packages agree on the
// usual layout, and nothing is lost between.
func TestRoundTrip(t *testing.T) {
	for name, o := range cases() {
		t.Run(name, func(t *testing.T) {
			data, _ := write(t, o)
			if !bytes.Equal(read(t, data).PrintUsual(), data) {
				t.Error("not the same bytes")
			}
		})
	}
}

func TestRoundTripThroughEveryLayout(t *testing.T) {
	data, truth := write(t, simheap.Options{Items: 1000, Seed: 11, Dangling: 2})
	d := read(t, data)
	for _, layout := range dumpbuild.Layouts() {
		t.Run(layout.Name, func(t *testing.T) {
			again := read(t, layout.Print(d))
			edges := 0
			for i := range again.Items {
				edges += len(again.Items[i].Children())
			}
			if len(again.Items) != truth.Items || edges != truth.Edges {
				t.Errorf("%d items and %d edges, want %d and %d", len(again.Items), edges, truth.Items, truth.Edges)
			}
		})
	}
}
