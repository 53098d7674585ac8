// Package packaging has no code of its own: its tests hold the configuration of
// releases together.
package packaging

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const configuration = "../.goreleaser.yaml"

// goreleaserVersion is the one that packaging/goreleaser runs.
func goreleaserVersion(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`goreleaser/v2@(v\S+)`).FindStringSubmatch(read(t, "goreleaser"))
	if m == nil {
		t.Fatal("packaging/goreleaser pins no version")
	}
	return m[1]
}

// schema is GoReleaser's own; see testdata/README.md.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("testdata/goreleaser-" + goreleaserVersion(t) + ".schema.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(z)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("goreleaser.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("goreleaser.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// TestSchema validates what goreleaser check would, but for templates: building
// GoReleaser takes minutes, which .ci/run does not have.
func TestSchema(t *testing.T) {
	s, text := schema(t), read(t, configuration)
	if err := validate(t, s, text); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{
		{"nfpms:", "nfmps:"}, {"\n    main:", "\n    mian:"}, {"goarch: [amd64, arm64]", "goarch: {}"}, {"project_name: memtrail", "project_name: [memtrail]"},
	} {
		if !strings.Contains(text, change[0]) {
			t.Errorf("there is no %q", change[0])
		} else if validate(t, s, strings.Replace(text, change[0], change[1], 1)) == nil {
			t.Errorf("%q is accepted", change[1])
		}
	}
}

// release is what the tests look at of the configuration.
type release struct {
	Builds []struct {
		Main, Binary string
		Env, Flags   []string
		Goos, Goarch []string
		Ldflags      []string
	}
	Archives []struct{ Files []any }
	Nfpms    []struct {
		Formats  []string
		Contents []struct{ Src, Dst string }
	}
}

// TestPlatforms: what is released is what is checked: .ci/run builds it, and
// internal/licenses looks at what is linked in.
func TestPlatforms(t *testing.T) {
	var r release
	if err := yaml.Unmarshal([]byte(read(t, configuration)), &r); err != nil || len(r.Builds) != 2 {
		t.Fatal(err, r)
	}
	b := r.Builds[0]
	if second := r.Builds[1]; second.Binary != b.Binary+"-nojit" || !slices.Contains(second.Flags, "-tags=nojit") || !slices.Equal(second.Ldflags, b.Ldflags) {
		t.Errorf("%+v is not what internal/executable hands over to", second)
	}
	var want []string
	for _, goos := range b.Goos {
		for _, goarch := range b.Goarch {
			want = append(want, goos+"/"+goarch)
		}
	}
	if len(want) != 6 {
		t.Errorf("%q", want)
	}
	platform := regexp.MustCompile(`\b(?:linux|darwin|windows)/\w+`)
	for _, file := range []string{"../.ci/run", "../internal/licenses/main.go"} {
		got := platform.FindAllString(read(t, file), -1)
		for _, p := range want {
			if !slices.Contains(got, p) {
				t.Errorf("%s leaves out %s", file, p)
			}
		}
	}
	if !slices.Contains(b.Env, "CGO_ENABLED=0") || !slices.Contains(b.Flags, "-trimpath") {
		t.Errorf("not static, or with paths: %q %q", b.Env, b.Flags)
	}
	if !strings.Contains(strings.Join(b.Ldflags, " "), "-X main.version=") || !strings.Contains(read(t, "../cmd/analyzer/version.go"), "\nvar version string\n") {
		t.Errorf("%q sets no version", b.Ldflags)
	}
}

// TestFiles: each file that a release has is in the repository, or made by
// packaging/files.
func TestFiles(t *testing.T) {
	var r release
	if err := yaml.Unmarshal([]byte(read(t, configuration)), &r); err != nil {
		t.Fatal(err)
	}
	made := read(t, "files")
	check := func(src string) {
		name, ours := strings.CutPrefix(src, "build/files/")
		if !ours {
			if found, err := filepath.Glob("../" + src); err != nil || len(found) == 0 {
				t.Errorf("there is no %s", src)
			}
		} else if !strings.Contains(made, "$dir/"+strings.TrimRight(name, "*.gz/")) {
			t.Errorf("packaging/files does not make %s", src)
		}
	}
	for _, a := range r.Archives {
		for _, f := range a.Files {
			if m, ok := f.(map[string]any); ok {
				f = m["src"]
			}
			check(f.(string))
		}
	}
	if len(r.Nfpms) != 1 || !slices.Equal(r.Nfpms[0].Formats, []string{"deb", "rpm", "apk"}) {
		t.Fatal("packages", r.Nfpms)
	}
	for _, c := range r.Nfpms[0].Contents {
		check(c.Src)
	}
}

// TestNobody: neither a host nor an owner is written down; the variable that
// docs/releasing.md tells of has them.
func TestNobody(t *testing.T) {
	const variable = "RELEASE_REPOSITORY"
	for _, file := range []string{configuration, "Containerfile", "files", "goreleaser"} {
		for _, line := range strings.Split(read(t, file), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			if m := regexp.MustCompile(`(?:github|gitlab|codeberg)\.\w+/\w+|https?://\w+`).FindString(line); m != "" && !strings.Contains(line, "@v") {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
	for _, file := range []string{configuration, "../.github/workflows/release.yml", "../docs/releasing.md"} {
		if !strings.Contains(read(t, file), variable) {
			t.Errorf("%s: no %s", file, variable)
		}
	}
}

// TestWorkflows: what hosting runs is there, and may only read but in a release.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		var w struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Steps []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &w); err != nil {
			t.Fatal(file, err)
		}
		if w.Permissions["contents"] == "" || filepath.Base(file) == "ci.yml" && w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions %v", file, w.Permissions)
		}
		ran := false
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				command, _, _ := strings.Cut(step.Run, " ")
				ran = ran || command == ".ci/run"
				if strings.Contains(command, "/") {
					info, err := os.Stat("../" + command)
					if err != nil || info.Mode()&0o111 == 0 {
						t.Errorf("%s: %s cannot be run: %v", file, command, err)
					}
				}
			}
		}
		if !ran {
			t.Errorf("%s does not run .ci/run", file)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
