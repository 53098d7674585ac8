package packaging

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// largest is how many bytes the program of a release has at most.
const largest = 25_000_000

// TestSize builds the program as a release does, for linux/amd64. It has a limit, and
// nothing in it calls methods by names that the linker cannot know: if something does,
// the linker keeps all exported methods of all packages, a sixth of the program.
func TestSize(t *testing.T) {
	if !cases.Full() {
		t.Skip("the program is built with -full only")
	}
	program := filepath.Join(t.TempDir(), "analyzer")
	build := exec.Command("go", "build", "-ldflags=-s -w -dumpdep", "-o", program, "./cmd/analyzer")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	kept, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, kept[max(0, len(kept)-1000):])
	}
	if n := bytes.Count(kept, []byte("\n")); n < 10_000 {
		t.Fatalf("the linker kept %d symbols: %s", n, kept)
	}
	for _, why := range callsByName(kept) {
		t.Errorf("methods are called by name: %s", why)
	}
	isStatic(t, program)
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > largest {
		t.Errorf("the program has %d bytes, more than %d", info.Size(), largest)
	}
}

// marks are what the linker notes of a symbol.
var marks = regexp.MustCompile(` <\w+>`)

// callsByName finds the functions that call methods by name in what the linker prints
// with -dumpdep: a line a symbol that it keeps, and what it is kept for. Each comes
// with the way to it from the start of the program.
func callsByName(kept []byte) []string {
	from := map[string]string{} // what a symbol is kept for
	var calls []string
	lines := bufio.NewScanner(bytes.NewReader(kept))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		user, used, ok := strings.Cut(lines.Text(), " -> ")
		if !ok {
			continue
		}
		name := marks.ReplaceAllString(used, "")
		from[name] = marks.ReplaceAllString(user, "")
		// Package reflect's own are kept because of the others.
		if strings.Contains(used, " <ReflectMethod>") && !strings.HasPrefix(name, "reflect.") {
			calls = append(calls, name)
		}
	}
	var ways []string
	for _, call := range calls {
		way := call
		for at := from[call]; at != "" && len(way) < 1000; at = from[at] {
			way = at + " → " + way
		}
		ways = append(ways, way)
	}
	return ways
}

func TestCallsByName(t *testing.T) {
	const kept = `_ -> main.main
main.main -> a.F
a.F -> b.(*T).Exec <ReflectMethod>
b.(*T).Exec <ReflectMethod> -> reflect.Value.MethodByName
type:reflect.Value <UsedInIface> -> reflect.(*Value).Method <ReflectMethod>
a.F -> type:a.T <UsedInIface>
`
	if got, want := strings.Join(callsByName([]byte(kept)), ";"), "_ → main.main → a.F → b.(*T).Exec"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
