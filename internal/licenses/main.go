// Licenses prints the licenses of all that is linked into analyzer, for the
// platforms it is released for, and fails if one of them is not known to be
// permissive: no part of the binary may put its own license on the whole.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// The package whose dependencies are looked at.
const binary = "memtrail/cmd/analyzer"

// released are the platforms of .goreleaser.yaml.
var released = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64", "linux/amd64 nojit", "linux/arm64 nojit"}

func main() {
	components, err := dependencies(released)
	if err == nil {
		err = writeNotices(os.Stdout, components)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "licenses: %s\n", err)
		os.Exit(1)
	}
}

// A component is a module in the binary, or Go's own library.
type component struct {
	path, version string
	texts         []licenseText
}

type licenseText struct {
	file string // from the module's directory on
	kind string
	text []byte
}

// goPackage is what go list tells of a package.
type goPackage struct {
	ImportPath, Dir string
	Standard        bool
	Module          *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path string }
	}
}

// dependencies finds the components for platforms such as "linux/amd64", each with
// its licenses, in the order of their paths.
func dependencies(platforms []string) ([]component, error) {
	texts := map[string]licenseText{} // by path of the file
	found := map[string]*component{}  // by path of the module
	add := func(path, version, root, dir string) error {
		c := found[path]
		if c == nil {
			c = &component{path: path, version: version}
			found[path] = c
		}
		return c.addLicenses(root, dir, texts)
	}
	for _, platform := range platforms {
		packages, err := list(platform)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Standard || p.Module == nil || p.Module.Main || p.Module.Replace != nil { // by a part of this project
				continue
			}
			if err := add(p.Module.Path, p.Module.Version, p.Module.Dir, p.Dir); err != nil {
				return nil, err
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	goroot := strings.TrimSpace(string(root))
	if err := add("the Go standard library", runtime.Version(), goroot, goroot); err != nil {
		return nil, err
	}
	var all []component
	for _, c := range found {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(x, y component) int { return strings.Compare(x.path, y.path) })
	return all, nil
}

// list asks Go for the packages in the binary for a platform, behind which a
// build tag may stand.
func list(platform string) ([]goPackage, error) {
	platform, tags, _ := strings.Cut(platform, " ")
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-deps", "-tags", tags, "-json=ImportPath,Dir,Standard,Module", binary)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s: %w", platform, err)
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", platform, err)
		}
		packages = append(packages, p)
	}
}

// licenseFile is the name of a file that may be a license.
var licenseFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// addLicenses takes the licenses in a package's directory and in those above it,
// up to the module's: code that a module has taken from elsewhere has its own
// there.
func (c *component) addLicenses(root, dir string, seen map[string]licenseText) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			if _, again := seen[path]; again || !e.Type().IsRegular() || !licenseFile.MatchString(e.Name()) || filepath.Ext(path) == ".go" {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			file, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			t := licenseText{file: filepath.ToSlash(file), kind: kindOf(text), text: text}
			seen[path] = t
			c.texts = append(c.texts, t)
		}
		if dir == root || len(dir) < len(root) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// check fails if a component has no license, or one that is not known to be
// permissive.
func (c *component) check() error {
	licensed := false
	for _, t := range c.texts {
		name := strings.ToLower(filepath.Base(t.file))
		switch {
		case t.kind != "":
			licensed = true
		case strings.HasPrefix(name, "notice") || strings.HasPrefix(name, "patents"):
			// Not a license, but to be passed on with one.
			if demanding(t.text) {
				return fmt.Errorf("%s: %s names a license that is not permissive", c.path, t.file)
			}
		default:
			return fmt.Errorf("%s: %s is not known to be a permissive license", c.path, t.file)
		}
	}
	if !licensed {
		return fmt.Errorf("%s has no license", c.path)
	}
	return nil
}

// writeNotices writes the licenses in full, as most of them ask for, after a
// list. Nothing is written if one is not permissive.
func writeNotices(w io.Writer, components []component) error {
	var errs []error
	for i := range components {
		errs = append(errs, components[i].check())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("analyzer contains the following software, under the licenses below.\n\n")
	for _, c := range components {
		var kinds []string
		for _, t := range c.texts {
			if t.kind != "" && !slices.Contains(kinds, t.kind) {
				kinds = append(kinds, t.kind)
			}
		}
		fmt.Fprintf(&out, "%s %s: %s\n", c.path, c.version, strings.Join(kinds, ", "))
	}
	for _, c := range components {
		for _, t := range c.texts {
			fmt.Fprintf(&out, "\n%s\n%s, %s\n\n%s\n", strings.Repeat("=", 80), c.path, t.file, bytes.TrimSpace(t.text))
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
