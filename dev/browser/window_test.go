package browser_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"countersign/internal/eventually"
)

// answerLimit is how long the browser may take for one answer about a page: a
// page that is being replaced by the next one gives none. A wait then asks again.
const answerLimit = 10 * time.Second

// window is one browser window of one person.
type window struct {
	t        *testing.T
	ctx      context.Context
	base     string
	look     look
	cookies  cdp.BrowserContextID // the store of the person's cookies
	pictures int                  // pictures that were saved
}

// look is the form in which a window shows pages.
type look struct {
	language string // of the browser: sv or en
	width    int
	noScript bool
}

// newWindow opens a window with its own cookies.
func newWindow(t *testing.T, base string, l look) *window {
	t.Helper()
	cookies := newCookies(t)
	w := prepare(t, openPage(t, cookies), base, l)
	w.cookies = cookies
	return w
}

// openTab opens another window of the same person.
func (w *window) openTab() *window {
	w.t.Helper()
	return prepare(w.t, openPage(w.t, w.cookies), w.base, w.look)
}

// newCookies creates an empty store of cookies, for the windows of one person.
func newCookies(t *testing.T) cdp.BrowserContextID {
	t.Helper()
	ctx := chromium(t)
	browser := chromedp.FromContext(ctx).Browser
	created, err := cdp.Call(ctx, browser, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		t.Fatalf("creating a store of cookies: %v", err)
	}
	t.Cleanup(func() {
		params := target.DisposeBrowserContextParams(created)
		if _, err := cdp.Call(ctx, browser, target.DisposeBrowserContext, params); err != nil {
			t.Errorf("removing a store of cookies: %v", err)
		}
	})
	return created.BrowserContextID
}

// openPage opens a page outside the browser's own windows. A window has tabs, an
// address field and buttons, which the browser updates and draws for each page:
// that takes more processor time than the pages do. A hidden page is laid out as
// in a window, but draws no frames: the browser calls neither the callbacks of
// requestAnimationFrame nor those of requestIdleCallback, and takes no pictures.
func openPage(t *testing.T, cookies cdp.BrowserContextID) context.Context {
	t.Helper()
	browser, hidden := chromium(t), *pictures == "" && !*update
	created, err := cdp.Call(browser, chromedp.FromContext(browser).Browser, target.CreateTarget, target.CreateTargetParams{
		URL: "about:blank", BrowserContextID: cookies, Hidden: &hidden, Background: &hidden,
	})
	if err != nil {
		t.Fatalf("opening a page: %v", err)
	}
	ctx, close := chromedp.NewContext(browser, chromedp.WithTargetID(created.TargetID))
	t.Cleanup(close)
	return ctx
}

// prepare opens the window before any step with a deadline runs in it: the first
// context that chromedp uses ends the window when it ends.
func prepare(t *testing.T, ctx context.Context, base string, l look) *window {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	w := &window{t: t, ctx: ctx, base: base, look: l}
	w.run(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(l.width), Height: 900, DeviceScaleFactor: 1, Mobile: l.width < 600}),
		command(emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: l.language}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}),
		// Only one window of the browser has the focus, and several tests use it.
		command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		command(network.Enable, network.EnableParams{}),
		command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": l.language}}),
	)
	return w
}

// limited is the window's context with the deadline of every wait.
func (w *window) limited() (context.Context, context.CancelFunc) {
	end, _ := eventually.Context(w.t).Deadline()
	return context.WithDeadline(w.ctx, end)
}

func (w *window) run(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := w.limited()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.failf("%v", err)
	}
}

// command sends one command of the browser's protocol and ignores the response.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// failf fails the test with the page that the window shows.
func (w *window) failf(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s: %v", fmt.Sprintf(format, args...), pageError{w})
}

// pageError is the error of a wait. It reads the page only when it is printed.
type pageError struct{ w *window }

// shownLines is how much of a page a failure shows: its last lines.
const shownLines = 15

func (e pageError) Error() string {
	page, err := evalOnce[[2]string](e.w, `[location.href, document.body ? document.body.innerText : '']`)
	if err != nil {
		return fmt.Sprintf("the page gives no answer: %v", err)
	}
	lines := strings.FieldsFunc(page[1], func(r rune) bool { return r == '\n' })
	if len(lines) > shownLines {
		lines = append([]string{"…"}, lines[len(lines)-shownLines:]...)
	}
	return fmt.Sprintf("the page is %s:\n%s", page[0], strings.Join(lines, "\n"))
}

// visit opens a path of the product or any URL.
func (w *window) visit(address string) {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.base + address
	}
	w.run(chromedp.Navigate(address))
}

// eval evaluates a JavaScript expression in the page.
func eval[T any](w *window, expression string, options ...chromedp.EvaluateOption) T {
	w.t.Helper()
	ctx, cancel := w.limited()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		w.failf("evaluating %.80s: %v", expression, err)
	}
	return value
}

// currentPath returns the path of the page's address.
func (w *window) currentPath() string {
	w.t.Helper()
	return eval[string](w, "location.pathname")
}

// pageText returns the visible text of the page.
func (w *window) pageText() string {
	w.t.Helper()
	return eval[string](w, "document.body ? document.body.innerText : ''")
}

// waitUntil waits for an expression to be true. what completes the sentence
// "waiting until …".
func (w *window) waitUntil(what, expression string) {
	w.t.Helper()
	eventually.OK(w.t, what, func() error {
		if w.isTrue(expression) {
			return nil
		}
		return pageError{w}
	})
}

// isTrue reports whether an expression is true in a page that answers.
func (w *window) isTrue(expression string) bool {
	holds, err := evalOnce[bool](w, "!!("+expression+")")
	return err == nil && holds
}

// evalOnce evaluates a JavaScript expression in the page. It fails if the page is
// being replaced by the next one.
func evalOnce[T any](w *window, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, answerLimit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// waitForText waits until the page shows each of the texts.
func (w *window) waitForText(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		w.waitUntil(fmt.Sprintf("the page shows %q", text), "document.body.innerText.includes("+quote(text)+")")
	}
}

// rejectText fails the test if the page shows a text.
func (w *window) rejectText(text string) {
	w.t.Helper()
	if strings.Contains(w.pageText(), text) {
		w.failf("the page shows %q", text)
	}
}

func (w *window) waitForPath(path string) {
	w.t.Helper()
	w.waitUntil("the path is "+path, "document.readyState !== 'loading' && location.pathname === "+quote(path))
}

// named finds a link, a button or a label by its text, or by its accessible name.
const named = `((name) => {
  const says = (e) => (e.getAttribute('aria-label') || e.innerText || e.value || '').replace(/\s+/g, ' ').trim();
  const all = [...document.querySelectorAll('a[href], button, summary, label, input[type=submit]')].filter((e) => e.offsetParent !== null);
  return all.find((e) => says(e) === name) || all.find((e) => says(e).startsWith(name)) || all.find((e) => says(e).includes(name));
})`

// click clicks a link, a button or a choice by its text, with the mouse.
func (w *window) click(name string) {
	w.t.Helper()
	w.waitUntil(fmt.Sprintf("the page has %q to click", name), named+"("+quote(name)+")")
	w.clickOn(named + "(" + quote(name) + ")")
}

// clickOn clicks the element that an expression finds, or its label, after the
// page is loaded and when no other element covers it. It clicks the first line of
// a link with several lines: their common box has points outside the link.
func (w *window) clickOn(expression string) {
	w.t.Helper()
	var at []float64
	eventually.OK(w.t, "the page has "+expression+" to click", func() (err error) {
		at, err = evalOnce[[]float64](w, `(() => {
  const e = `+expression+`;
  if (!e || !e.getClientRects().length || document.readyState !== 'complete') return null;
  e.scrollIntoView({block: 'center'});
  const r = e.getClientRects()[0], x = r.x + Math.min(r.width / 2, 60), y = r.y + r.height / 2;
  const hit = document.elementFromPoint(x, y);
  return hit && (e.contains(hit) || (hit.closest('label') || {}).control === e) ? [x, y] : null;
})()`)
		if err != nil || at == nil {
			return pageError{w}
		}
		return nil
	})
	w.run(chromedp.MouseClickXY(at[0], at[1]))
}

// field finds a field by the text of its label.
const field = `((label) => {
  const words = (l) => l.innerText.replace(/\s+/g, ' ').trim();
  const all = [...document.querySelectorAll('label')];
  const l = all.find((l) => words(l) === label) || all.find((l) => words(l).startsWith(label));
  return l && (l.control || document.getElementById(l.htmlFor));
})`

// fill types into a field.
func (w *window) fill(label, value string) {
	w.t.Helper()
	w.waitUntil(fmt.Sprintf("the page has the field %q", label), `(() => { const e = `+field+`(`+quote(label)+`); if (!e) return false; e.focus(); if (e.select) e.select(); return true; })()`)
	w.run(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(value))
}

// choose selects an option of a list.
func (w *window) choose(label, choice string) {
	w.t.Helper()
	w.waitUntil(fmt.Sprintf("the field %q has the choice %q", label, choice), `[...`+field+`(`+quote(label)+`).options].some((o) => o.text.startsWith(`+quote(choice)+`))`)
	eval[bool](w, `(() => { const e = `+field+`(`+quote(label)+`); e.value = [...e.options].find((o) => o.text.startsWith(`+quote(choice)+`)).value; e.dispatchEvent(new Event('change', {bubbles: true})); return true; })()`)
}

// value returns the value of a field.
func (w *window) value(label string) string {
	w.t.Helper()
	return eval[string](w, field+"("+quote(label)+").value")
}

// typeText types into the focused element.
func (w *window) typeText(text string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(text))
}

// runScript runs statements in the page, and does not wait for their effect.
func (w *window) runScript(script string) {
	w.t.Helper()
	eval[bool](w, "(() => { "+script+"; return true; })()")
}

func quote(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

// violation is an accessibility rule that a page breaks.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

// pictures is the folder for a picture of every page that a test checks. Without
// it no pictures are saved.
var pictures = flag.String("pictures", "", "folder for a picture of every page that is checked")

// savePicture saves a picture of the page in the folder of -pictures.
func (w *window) savePicture() {
	w.t.Helper()
	if *pictures == "" {
		return
	}
	ctx, cancel := w.limited()
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.failf("taking a picture: %v", err)
	}
	w.pictures++
	name := strings.NewReplacer("/", "_", " ", "-").Replace(fmt.Sprintf("%s_%02d%s.png", w.t.Name(), w.pictures, w.currentPath()))
	if err := os.WriteFile(filepath.Join(*pictures, name), raw, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// axeScript is axe-core's source, read once.
var axeScript = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile(axeCore)
	return string(script) + ";true", err
})

// checkAccessibility fails the test for every violation that axe-core finds in the
// page, and for a page that is wider than its window.
func (w *window) checkAccessibility() {
	w.t.Helper()
	w.waitUntil("the page is loaded", "document.readyState === 'complete'")
	w.savePicture()
	script, err := axeScript()
	if err != nil {
		w.t.Fatal(err)
	}
	eval[bool](w, script)
	found := eval[[]violation](w, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)`, chromedp.EvalAwaitPromise)
	for _, v := range found {
		for _, n := range v.Nodes[:min(len(v.Nodes), shownNodes)] {
			w.t.Errorf("%s: %s (%s, %d elements): %s\n%.300s\n%.300s", w.currentPath(), v.ID, v.Impact, len(v.Nodes), v.Help, n.HTML, n.FailureSummary)
		}
	}
	if wide := eval[float64](w, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		w.t.Errorf("%s: %v pixels wider than the window", w.currentPath(), wide)
	}
}

// shownNodes is how many elements a failure shows of each violation.
const shownNodes = 2

// clearCookies ends the session in this browser, as its expiry does.
func (w *window) clearCookies() {
	w.t.Helper()
	w.run(command(network.ClearBrowserCookies, cdp.Empty{}))
}

// status returns the HTTP status of the page.
func (w *window) status() int {
	w.t.Helper()
	return eval[int](w, "performance.getEntriesByType('navigation')[0].responseStatus")
}
