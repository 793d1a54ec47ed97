package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// From the login to an approved collaboration without a mouse, and always
// seeing where one is.
func TestKeyboardAlone(t *testing.T) {
	who := invited{"c-1002", "Åkessons", "goran@akessons.example", financial}
	w := anybody(t, looks["sv 1280"])
	w.visit("/login?to=/customers/" + who.customer)
	w.until("the provider", `document.getElementById('email')`)
	w.tabTo(`button[name=person][value="` + maja + `"]`)
	w.keys(kb.Enter)
	w.isAt("/customers/" + who.customer)
	w.tabTo(`main a[href$="/collaborations/financial-overview"]`)
	w.keys(kb.Enter)
	w.sees(w.say("office.activate.review"))
	if eval[bool](w, `document.querySelector('main select[name=task_id]').value === ''`) {
		w.tabTo(`select[name=task_id]`)
		w.keys(kb.ArrowDown)
	}
	w.tabTo(`main form button[type=submit]`)
	w.keys(kb.Enter)
	w.sees(w.say("office.confirm.details"))
	w.tabTo(`main form button[type=submit]`)
	w.keys(kb.Enter)
	w.sees(w.say("office.progress.waiting"))

	c := anybody(t, looks["sv 1280"])
	c.visit(mailTo(t, who.email))
	c.tabTo(`main a[href^="/login"]`)
	c.keys(kb.Enter)
	c.until("the provider", `document.getElementById('email')`)
	c.tabTo(`button[name=person][value="` + who.email + `"]`)
	c.keys(kb.Enter)
	c.sees(c.say("page.terms.title"))
	c.tabTo(`button[value=approve]`)
	c.keys(kb.Enter)
	c.sees(c.say("page.error.terms.terms_not_accepted"))
	c.until("what is wrong in focus", `document.activeElement.classList.contains('summary')`)
	c.tabTo(`.summary a`)
	c.keys(kb.Enter)
	c.until("the terms in focus", `document.activeElement.id === 'terms'`)
	// No person is as quick as Chromium is in putting a form back as it was.
	c.until("a page that has settled", "performance.now() > 1000")
	c.keys(" ")
	c.until("the terms ticked", `document.getElementById('terms').checked`)
	c.tabTo(`button[value=approve]`)
	c.keys(kb.Enter)
	c.sees(c.say("page.approved.badge"))
}

func (w *window) keys(keys string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(keys))
}

// tabTo presses Tab until something has the focus, which can be seen at every
// stop.
func (w *window) tabTo(selector string) {
	w.t.Helper()
	w.until(selector, "document.readyState === 'complete' && document.querySelector("+quote(selector)+")")
	for range 80 {
		w.keys(kb.Tab)
		if !eval[bool](w, `(() => { const s = getComputedStyle(document.activeElement); return document.activeElement === document.body || s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()`) {
			w.t.Errorf("nothing shows the focus on %s", eval[string](w, "document.activeElement.outerHTML.slice(0, 200)"))
		}
		if eval[bool](w, "document.activeElement.matches("+quote(selector)+")") {
			return
		}
	}
	w.t.Fatalf("Tab does not lead to %s at %s", selector, w.path())
}
