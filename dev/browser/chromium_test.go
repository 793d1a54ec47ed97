package browser_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// startChromium starts the browser of this test binary. Each window has its own
// cookies.
var startChromium = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(eventually.Deadline),
		// A key or a click between the load of a page and its first frame is not lost.
		chromedp.Flag("allow-pre-commit-input", true),
		// Windows preload no parts of the browser's own surface, and the processor
		// that draws pages does not emulate a graphics card.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,PreloadTopChromeWebUI"),
		chromedp.Flag("disable-gpu-rasterization", true), chromedp.Flag("disable-software-rasterizer", true),
		// The browser sends no requests but those of the pages.
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	allocated, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocated)
	if err := chromedp.Do(ctx); err != nil {
		return nil, err
	}
	stopChromium = func() { _ = chromedp.Cancel(ctx) }
	return ctx, nil
})

var stopChromium = func() {}

func chromium(t *testing.T) context.Context {
	t.Helper()
	ctx, err := startChromium()
	if err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return ctx
}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	stopStack()
	if code != 0 {
		stackLog.print(os.Stderr)
	}
	os.Exit(code)
}

func program() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// axeCore is the script of the accessibility checker.
const axeCore = "node_modules/axe-core/axe.min.js"

func needBrowser(t *testing.T) {
	t.Helper()
	if program() == "" {
		servertest.Skip(t, "Chromium")
	}
	if _, err := os.Stat(axeCore); err != nil {
		servertest.Skip(t, "axe-core (npm ci in dev/browser)")
	}
}
