package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// TestImageBuilds builds the image with buildah, as root and without a daemon, and
// runs it as its user on a dump.
func TestImageBuilds(t *testing.T) {
	if !cases.Full() {
		t.Skip("compiles and builds an image: -full")
	}
	if _, err := exec.LookPath("buildah"); err != nil || os.Getuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("needs buildah, and root: ", err)
	}
	dir := t.TempDir()
	run := func(env []string, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	buildah := func(args ...string) string {
		t.Helper()
		return run([]string{"STORAGE_DRIVER=vfs", "BUILDAH_ISOLATION=chroot"}, "buildah",
			append([]string{"--root", filepath.Join(dir, "storage"), "--runroot", filepath.Join(dir, "run")}, args...)...)
	}
	// What GoReleaser puts beside the file.
	context, platform := filepath.Join(dir, "context"), "linux/"+runtime.GOARCH
	for _, made := range []string{platform, "build/files"} {
		if err := os.MkdirAll(filepath.Join(context, made), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(context, platform, "analyzer")
	run([]string{"CGO_ENABLED=0"}, "go", "build", "-o", program, "../cmd/analyzer")
	if err := os.Link(program, program+"-nojit"); err != nil {
		t.Fatal(err)
	}
	dump, err := os.ReadFile("../testdata/talk-1k.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	dumps := filepath.Join(dir, "dumps")
	if err := os.Mkdir(dumps, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{
		filepath.Join(context, "LICENSE"): []byte(read(t, "../LICENSE")), filepath.Join(context, "build/files/THIRD_PARTY_LICENSES"): []byte("none"),
		filepath.Join(dumps, "dump.json.gz"): dump,
	} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for d := dumps; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	buildah("build", "--quiet", "--build-arg", "TARGETPLATFORM="+platform, "-t", "memtrail", "-f", "Containerfile", context)
	container := buildah("from", "memtrail")
	if out := buildah("run", "-v", dumps+":/dumps:ro", container, "--", "/usr/bin/analyzer", "leaks", "dump.json.gz"); !strings.Contains(out, "$userService->cache->cache keeps") {
		t.Errorf("it prints %s", out)
	}
	if out := buildah("inspect", "--format", "{{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.User}} {{.OCIv1.Config.WorkingDir}}", "--type", "image", "memtrail"); out != "[/usr/bin/analyzer] 65532:65532 /dumps" {
		t.Errorf("the image has %s", out)
	}
}
