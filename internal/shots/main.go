// Command shots makes the screenshots of README and docs: pages of reports on
// dumps of testdata, and the explorer, as Chromium shows them.
//
//	go run ./internal/shots
//
// It runs in the root of the repository and needs Chromium.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shot is a picture: of which dumps, what of the page, and how it is looked at.
type shot struct {
	file          string
	dumps         []string
	from          string // selector of what the picture begins with
	scheme        string // light or dark
	width, height int64
}

var shots = []shot{
	{"report-leak.png", []string{"testdata/recorded"}, "#top", "light", 1180, 1180},
	{"report-change.png", []string{"testdata/recorded"}, "#change", "light", 1180, 640},
	{"report-map.png", []string{"testdata/ast.json.zst"}, "#holds", "light", 1180, 600},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "memtrail-shots-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	for _, s := range shots {
		if err := s.take(ctx, dir); err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
	}
	for i := range walks {
		if err := walks[i].take(ctx, dir); err != nil {
			return fmt.Errorf("%s: %w", walks[i].file, err)
		}
	}
	return nil
}

// take writes the report, and what the browser shows of it.
func (s *shot) take(ctx context.Context, dir string) error {
	page := filepath.Join(dir, s.file+".html")
	report := exec.Command("go", append([]string{"run", "./cmd/analyzer", "report", "-q", "-o", page}, s.dumps...)...)
	report.Stderr = os.Stderr
	if err := report.Run(); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}},
	}); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height), chromedp.Navigate("file://"+filepath.ToSlash(page))); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf("(document.querySelector('.bar').hidden = true, document.documentElement.scrollTop = 0, scrollTo(0, document.querySelector(%q).getBoundingClientRect().top + scrollY - 12), true)", s.from))); err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("docs", "images", s.file), picture, 0o644)
}
