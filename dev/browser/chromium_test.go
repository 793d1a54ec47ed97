package browser_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/internal/servertest"
)

// chromium is the one browser of this test process; each window in it has
// cookies of its own.
var chromium = sync.OnceValue(func() context.Context {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program()), chromedp.NoSandbox, chromedp.DisableGPU,
		// Nothing but the pages is asked for.
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	allocated, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocated)
	if err := chromedp.Do(ctx); err != nil {
		panic(err)
	}
	stopChromium = func() { _ = chromedp.Cancel(ctx) }
	return ctx
})

var stopChromium = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	stopStack()
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

// axeCore is the checker's script.
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
