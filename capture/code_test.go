package capture_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"memtrail/capture"
	"memtrail/capture/code"
	"memtrail/dump"
)

// said are the sites that the comments of testdata/code.php tell of, by line.
func said(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("testdata/code.php")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	one := regexp.MustCompile(`(adds|removes|changes|frames|engine|engine-removes) (.+?)(?: \((\d)\)|$)`)
	all := map[string]bool{}
	in := bufio.NewScanner(f)
	for line := 1; in.Scan(); line++ {
		_, comment, ok := strings.Cut(in.Text(), " // ")
		if !ok {
			continue
		}
		for _, m := range one.FindAllStringSubmatch(comment, -1) {
			all[fmt.Sprintf("%d: %s %s %s", line, m[1], strings.TrimSpace(m[2]), m[3])] = true
		}
	}
	if len(all) < 50 {
		t.Fatalf("the comments tell of %d sites only", len(all))
	}
	return all
}

// found are the sites that a capture has, in the comments' notation. What is
// changed in ways that cannot be told is left out where other sites are known.
func found(c *dump.Code) map[string]bool {
	all := map[string]bool{}
	for _, v := range c.Variables {
		name := ""
		switch v.Kind {
		case dump.PropertyVariable:
			name = v.Of + "->" + v.Name
		case dump.StaticProperty, dump.FunctionStatic:
			name = v.Of + "::$" + v.Name
		case dump.GlobalVariable:
			name = "$" + v.Name
		case dump.LocalVariable:
			name = v.Of + " $" + v.Name
		case dump.FunctionFrames:
			name = v.Of
		case dump.EngineList:
			name = v.Name
		}
		for _, list := range []struct {
			effect string
			sites  []dump.Site
		}{{"adds", v.Adds}, {"removes", v.Removes}, {"changes", v.Other}} {
			for _, s := range list.sites {
				effect, depth := list.effect, fmt.Sprint(s.Depth)
				switch v.Kind {
				case dump.FunctionFrames:
					effect, depth = "frames", ""
				case dump.EngineList:
					effect, depth = map[string]string{"adds": "engine", "removes": "engine-removes"}[effect], ""
				}
				all[fmt.Sprintf("%d: %s %s %s", s.Line, effect, name, depth)] = true
			}
		}
	}
	return all
}

// withOpcache are the arguments that turn opcache on: where it is no part of
// PHP, or of its configuration, it is a file beside it.
func withOpcache(p php) []string {
	args := []string{"-d", "opcache.enable_cli=1"}
	minor := strings.ReplaceAll(p.name, ".", "")
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(p.path), "*-v"+minor, "package", "native", "php", "modules", "opcache.so")); len(files) > 0 {
		args = append(args, "-d", "zend_extension="+files[0])
	}
	return args
}

// Each build finds the sites that the comments of a script tell of, and no
// other, with opcache and without.
func TestCodeSites(t *testing.T) {
	want := said(t)
	for _, p := range builds(t) {
		for _, opcache := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, opcache %v", p.name, opcache), func(t *testing.T) {
				t.Parallel()
				args := []string{"testdata/code.php"}
				if opcache {
					args = append(withOpcache(p), args...)
				}
				prog := start(t, p.path, args...)
				for prog.Line(t) != "ready" {
				}
				prog.waiting(t)
				info, err := prog.capture(t, capture.Options{}).Items(true, func(*dump.Item) {})
				if err != nil {
					t.Fatal(err)
				}
				if info.Capture.Code == nil {
					t.Fatal("no code was read")
				}
				if maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", prog.PID())); opcache && err == nil && !strings.Contains(string(maps), " rw-s ") {
					t.Fatal("opcache has no shared memory: it is not on")
				}
				got := found(info.Capture.Code)
				for _, s := range slices.Sorted(maps.Keys(want)) {
					if !got[s] {
						t.Errorf("not found: line %s", s)
					}
				}
				for _, s := range slices.Sorted(maps.Keys(got)) {
					if !want[s] {
						t.Errorf("found, but not there: line %s", s)
					}
				}
			})
		}
	}
}

// TestOpcodes holds the numbers of opcodes against the table of names that the
// process has.
func TestOpcodes(t *testing.T) {
	for _, p := range builds(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			prog := start(t, p.path, "-n", "-r", `echo "ready\n"; fgets(STDIN);`)
			prog.Line(t)
			names := opcodeNames(t, prog.PID())
			for number, name := range code.OpcodeNames() {
				if got := names[number]; got != name && got != "" {
					t.Errorf("opcode %d is %s, the table has %s", number, got, name)
				}
			}
			if len(names) < 150 {
				t.Errorf("the process names %d opcodes only", len(names))
			}
		})
	}
}
