// Package browsertest starts Chromium for tests.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Required says that a browser, and what tests do with it, must be there: .ci/run
// sets it.
func Required() bool { return os.Getenv("MEMTRAIL_BROWSER_REQUIRED") != "" }

// Open starts Chromium with an empty page, or skips the test where there is none.
// It ends with the test.
func Open(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() && !Required() {
		t.Skip("a browser is slow")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if Required() {
			t.Fatal("MEMTRAIL_BROWSER_REQUIRED is set, and there is no chromium")
		}
		t.Skip("no chromium; .ci/browser-install installs it")
	}
	dir, err := os.MkdirTemp("", "memtrail-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() {
		cancel()
		closeTab()
		stop()
		for range 50 { // children of the browser write for a moment longer
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return ctx
}
