package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nativeSeries writes a series of captures in which C code loses 8,192 bytes of
// zeros twenty times an interval, and a library holds 20 more blocks each time.
func nativeSeries(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for n := 1; n <= 4; n++ {
		var lost, held, items []string
		for i := range 20 * n {
			a, b := fmt.Sprintf("0x7f0000%06x", 0x2000*i), fmt.Sprintf("0x7f1000%06x", 64*i)
			lost, held = append(lost, fmt.Sprintf(`"%d":"%s"`, i, a)), append(held, fmt.Sprintf(`"%d":"%s"`, i, b))
			items = append(items,
				fmt.Sprintf(`"%s":{"type":"block","size":"8192","alloc":"8192","is_root":false}`, a),
				fmt.Sprintf(`"%s":{"type":"block","size":"64","alloc":"64","is_root":false}`, b))
		}
		usage := 400000 + 8256*20*n
		text := fmt.Sprintf(`{"header":{"memory_usage":%[1]d,"memory_usage_real":4194304,"peak_memory_usage":%[1]d,"peak_memory_usage_real":4194304},
"items":{
"0x10":{"type":"group","size":"0","symbol_name":"(lost)","is_root":true,"frame":"<ENGINE>","children":{"blocks of 8,192 B":"0x18"}},
"0x18":{"type":"group","size":"0","is_root":false,"children":{%[2]s}},
"0x20":{"type":"group","size":"0","symbol_name":"(native: libx.so.2)","is_root":true,"frame":"<ENGINE>","children":{"errors+16":"0x28"}},
"0x28":{"type":"group","size":"0","is_root":false,"children":{%[3]s}},
%[4]s
},
"capture":{"php":"8.2.20","threads":1,"off":0,"balanced":true,"blocks":{"blocks":%[5]d,"bytes":%[1]d},
"by_owner":[{"name":"engine","blocks":9,"bytes":400000},{"name":"lost","blocks":%[6]d,"bytes":%[7]d},{"name":"native","blocks":%[6]d,"bytes":%[8]d}],
"native":[{"name":"libx.so.2: errors+16","blocks":%[6]d,"bytes":%[8]d}],"uncollected":{"objects":0,"bytes":0,"classes":null},
"lost":[{"how":"possibly","size":8192,"shape":"text","blocks":10,"bytes":81920},{"how":"definitely","size":8192,"shape":"zeros","blocks":%[9]d,"bytes":%[10]d}],
"heap":{"real":4194304,"cached":0,"huge":{"blocks":0,"bytes":0},"free_pages":0,"bins":[],"chunks":[]}}}`,
			usage, strings.Join(lost, ","), strings.Join(held, ","), strings.Join(items, ",\n"), 9+40*n, 20*n, 8192*20*n, 64*20*n, 20*n-10, 8192*(20*n-10))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mem-%d.json", n)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSuppressions(t *testing.T) {
	dir := nativeSeries(t)
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const (
		lostPlace = "lost blocks of 8,192 B"
		heldPlace = "(native: libx.so.2) errors+16"
	)
	for _, tt := range []struct {
		rules string
		found []string // what grows all the same
	}{
		{"# nothing", []string{lostPlace, heldPlace}},
		{"size=8192 shape=zeros", []string{heldPlace}}, // the others are no more than before
		{"size=8192 shape=text", []string{lostPlace, heldPlace}},
		{"library=libx* symbol=errors*", []string{lostPlace}},
		{"library=libx*\nhow=definitely", nil},
	} {
		rules := write("rules", tt.rules)
		wantCode := exitOK
		if len(tt.found) > 0 {
			wantCode = exitLeak
		}
		grown, errs, code := analyze(t, "", "growth", "--suppressions", rules, dir)
		if code != exitOK {
			t.Fatalf("%q: exit code %d, %s", tt.rules, code, errs)
		}
		gated, errs, code := analyze(t, "", "gate", "--suppressions", rules, dir)
		if code != wantCode {
			t.Errorf("%q: exit code %d, want %d: %s%s", tt.rules, code, wantCode, gated, errs)
		}
		for _, place := range []string{lostPlace, heldPlace} {
			want := false
			for _, f := range tt.found {
				want = want || f == place
			}
			if got := strings.Contains(grown, place); got != want {
				t.Errorf("%q: growth names %s: %t, want %t\n%s", tt.rules, place, got, want, grown)
			}
			if got := !strings.Contains(gated, "IGNORED") || !strings.Contains(gated[strings.Index(gated, "IGNORED"):], place); got != want {
				t.Errorf("%q: gate fails for %s: %t, want %t\n%s", tt.rules, place, got, want, gated)
			}
		}
	}
	config := write(".analyzer.yml", "suppressions: rules\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(config), "rules"), []byte("library=libx*\nhow=definitely"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, errs, code := analyze(t, "", "gate", "--config", config, dir); code != exitOK {
		t.Errorf("by the configuration: exit code %d, %s%s", code, text, errs)
	}
	if text, errs, code := analyze(t, "", "gate", "--suppressions", write("rules", "size"), dir); code != exitUnusable {
		t.Errorf("a bad rule: exit code %d, %s%s", code, text, errs)
	}
}
