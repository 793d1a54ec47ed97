package browser_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take to become what a test waits for, on a
// slow machine.
const patience = 30 * time.Second

// window is one browser window of one person.
type window struct {
	t    *testing.T
	ctx  context.Context
	base string
	look look
	seen int // pages that were looked at
}

// look is how a window shows pages.
type look struct {
	language string // of the browser: sv or en
	width    int
	noScript bool
}

// open opens a window with cookies of its own.
func open(t *testing.T, base string, l look) *window {
	t.Helper()
	ctx, close := chromedp.NewContext(chromium(), chromedp.WithNewBrowserContext())
	t.Cleanup(close)
	return begin(t, ctx, base, l)
}

// also opens another window of the same person.
func (w *window) also() *window {
	w.t.Helper()
	ctx, close := chromedp.NewContext(w.ctx)
	w.t.Cleanup(close)
	return begin(w.t, ctx, w.base, w.look)
}

// begin lets the window open before anything with a time limit is done in it:
// what opens it also limits its life.
func begin(t *testing.T, ctx context.Context, base string, l look) *window {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	w := &window{t: t, ctx: ctx, base: base, look: l}
	w.run(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(l.width), Height: 900, DeviceScaleFactor: 1, Mobile: l.width < 600}),
		command(emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: l.language}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}),
		command(network.Enable, network.EnableParams{}),
		command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": l.language}}),
	)
	return w
}

func (w *window) run(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// command is one command of the browser's protocol, of whose answer nothing is
// wanted.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// visit goes to an address of ours, or to one elsewhere.
func (w *window) visit(address string) {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.base + address
	}
	w.run(chromedp.Navigate(address))
}

// eval is what a JavaScript expression says of the page.
func eval[T any](w *window, expression string, options ...chromedp.EvaluateOption) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

// path is where the window is.
func (w *window) path() string {
	w.t.Helper()
	return eval[string](w, "location.pathname")
}

// text is what somebody reads on the page.
func (w *window) text() string {
	w.t.Helper()
	return eval[string](w, "document.body ? document.body.innerText : ''")
}

// until waits for an expression to be true.
func (w *window) until(what, expression string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if w.holds(expression) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("waited for %s in vain, at %s:\n%s", what, w.path(), w.text())
		}
	}
}

// holds reports whether an expression is true. The page may be on its way to
// the next one, and then nobody answers.
func (w *window) holds(expression string) bool {
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
	defer cancel()
	holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
	return err == nil && holds
}

// sees waits until the page says something.
func (w *window) sees(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		w.until(fmt.Sprintf("%q", text), "document.body.innerText.includes("+quote(text)+")")
	}
}

// seesNot is for what must not be there.
func (w *window) seesNot(text string) {
	w.t.Helper()
	if all := w.text(); strings.Contains(all, text) {
		w.t.Fatalf("%q must not be there, at %s:\n%s", text, w.path(), all)
	}
}

func (w *window) isAt(path string) {
	w.t.Helper()
	w.until("the page "+path, "document.readyState !== 'loading' && location.pathname === "+quote(path))
}

// named finds what somebody would click: by its words, or by what it is called
// to those who listen.
const named = `((name) => {
  const says = (e) => (e.getAttribute('aria-label') || e.innerText || e.value || '').replace(/\s+/g, ' ').trim();
  const all = [...document.querySelectorAll('a[href], button, summary, label, input[type=submit]')].filter((e) => e.offsetParent !== null);
  return all.find((e) => says(e) === name) || all.find((e) => says(e).startsWith(name)) || all.find((e) => says(e).includes(name));
})`

// click clicks a link, a button or a choice by its words, as a mouse does.
func (w *window) click(name string) {
	w.t.Helper()
	w.until(fmt.Sprintf("something called %q", name), named+"("+quote(name)+")")
	w.clickOn(named + "(" + quote(name) + ")")
}

// clickOn clicks what an expression finds, once the page is whole and nothing
// moves or covers it any more.
func (w *window) clickOn(expression string) {
	w.t.Helper()
	spot := `(() => { const e = ` + expression + `; e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return [r.x + Math.min(r.width / 2, 60), r.y + r.height / 2]; })()`
	w.until("something to click: "+expression, `document.readyState === 'complete' && (() => { const e = `+expression+`; if (!e) return false; const [x, y] = `+spot+`; const hit = document.elementFromPoint(x, y); return hit && (e.contains(hit) || hit.contains(e)); })()`)
	at := eval[[]float64](w, spot)
	w.run(chromedp.MouseClickXY(at[0], at[1]))
}

// field finds a field by the words of its label.
const field = `((label) => {
  const words = (l) => l.innerText.replace(/\s+/g, ' ').trim();
  const all = [...document.querySelectorAll('label')];
  const l = all.find((l) => words(l) === label) || all.find((l) => words(l).startsWith(label));
  return l && (l.control || document.getElementById(l.htmlFor));
})`

// fill types into a field.
func (w *window) fill(label, value string) {
	w.t.Helper()
	w.until(fmt.Sprintf("a field %q", label), field+"("+quote(label)+")")
	eval[bool](w, `(() => { const e = `+field+`(`+quote(label)+`); e.focus(); if (e.select) e.select(); return true; })()`)
	w.run(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(value))
}

// choose chooses in a list of choices.
func (w *window) choose(label, choice string) {
	w.t.Helper()
	w.until(fmt.Sprintf("a choice %q in %q", choice, label), `[...`+field+`(`+quote(label)+`).options].some((o) => o.text.startsWith(`+quote(choice)+`))`)
	eval[bool](w, `(() => { const e = `+field+`(`+quote(label)+`); e.value = [...e.options].find((o) => o.text.startsWith(`+quote(choice)+`)).value; e.dispatchEvent(new Event('change', {bubbles: true})); return true; })()`)
}

// value is what a field holds.
func (w *window) value(label string) string {
	w.t.Helper()
	return eval[string](w, field+"("+quote(label)+").value")
}

// typed types where the focus is.
func (w *window) typed(text string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(text))
}

// press does something on the page, and does not wait for what comes of it.
func (w *window) press(script string) {
	w.t.Helper()
	eval[bool](w, "(() => { "+script+"; return true; })()")
}

func quote(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

// violation is something that keeps somebody out.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

// pictures is where pictures go of every page that a test looks at; nowhere, where
// it is empty.
var pictures = flag.String("pictures", "", "folder for a picture of every page that is looked at")

// picture keeps what the page looks like.
func (w *window) picture() {
	w.t.Helper()
	if *pictures == "" {
		return
	}
	raw, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.t.Fatal(err)
	}
	w.seen++
	name := strings.NewReplacer("/", "_", " ", "-").Replace(fmt.Sprintf("%s_%02d%s.png", w.t.Name(), w.seen, w.path()))
	if err := os.WriteFile(filepath.Join(*pictures, name), raw, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// accessible has axe-core look at the page, and fails for everything it finds.
func (w *window) accessible() {
	w.t.Helper()
	w.until("a whole page", "document.readyState === 'complete'")
	w.picture()
	script, err := os.ReadFile(axeCore)
	if err != nil {
		w.t.Fatal(err)
	}
	eval[bool](w, string(script)+";true")
	found := eval[[]violation](w, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)`, chromedp.EvalAwaitPromise)
	for _, v := range found {
		for _, n := range v.Nodes {
			w.t.Errorf("%s: %s (%s): %s\n%s\n%s", w.path(), v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
		}
	}
	if wide := eval[float64](w, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		w.t.Errorf("%s: %v pixels wider than the window", w.path(), wide)
	}
}

// forgets ends the session here, as if it had run out.
func (w *window) forgets() {
	w.t.Helper()
	w.run(command(network.ClearBrowserCookies, cdp.Empty{}))
}

// status is the HTTP status of the page.
func (w *window) status() int {
	w.t.Helper()
	return eval[int](w, "performance.getEntriesByType('navigation')[0].responseStatus")
}
