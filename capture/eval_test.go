package capture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/capture"
	"memtrail/internal/cases"
)

// The code of closures that eval() made stays in the compiler's memory, and is
// told by where eval() was called, however long the name of that file is: when
// the closure is gone, the name is, and since 8.4 a free block overwrites its
// end.
func TestEvalClosures(t *testing.T) {
	const script = `<?php
for ($i = 0; $i < 300; $i++) {
    $f = eval('return function ($x) { return $x . "value"; };'); // line 3
    $f($i);
}
unset($f);
echo "ready\n";
fgets(STDIN);`
	for _, p := range builds(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			for pad := 0; pad < 8; pad += cases.Number(5, 1) {
				name := filepath.Join(t.TempDir(), strings.Repeat("x", pad)+".php")
				if err := os.WriteFile(name, []byte(script), 0o600); err != nil {
					t.Fatal(err)
				}
				prog := start(t, p.path, "-n", name)
				prog.Line(t)
				prog.waiting(t)
				items, roots, _ := readEngine(t, prog.capture(t, capture.Options{}))
				code, found := items[roots["(code)"]], 0
				for i, key := range code.keys {
					if key == "of eval() in "+name+"(3)" {
						found = len(items[code.to[i]].to)
					}
				}
				if found < 290 {
					t.Errorf("a name of %d bytes: %d functions of 300 are in %q", len(name), found, code.keys)
				}
			}
		})
	}
}
