package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// From the login to an approved collaboration without a mouse. Every element that
// Tab reaches shows its focus.
func TestKeyboard_ActivatesAndApproves(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1002", "Åkessons", "goran@akessons.example", financial}
	w := openWindow(t, looks["sv 1280"])
	w.visit("/login?to=/customers/" + to.customer)
	w.waitUntil("the provider asks for a person", `document.getElementById('email')`)
	w.tabTo(`button[name=person][value="` + maja + `"]`)
	w.pressEnter()
	w.waitForPath("/customers/" + to.customer)
	w.tabTo(`main a[href$="/collaborations/financial-overview"]`)
	w.pressEnter()
	w.waitForText(w.translate("office.activate.review"))
	if eval[bool](w, `document.querySelector('main select[name=task_id]').value === ''`) {
		w.tabTo(`select[name=task_id]`)
		w.pressKeys(kb.ArrowDown)
	}
	w.tabTo(`main form button[type=submit]`)
	w.pressEnter()
	w.waitForText(w.translate("office.confirm.change"))
	w.tabTo(`main form button[type=submit]`)
	w.pressEnter()
	w.waitForText(w.translate("office.progress.waiting"))
	id := strings.TrimPrefix(w.currentPath(), "/activations/")

	c := openWindow(t, looks["sv 1280"])
	c.visit(invitationLink(t, id, to.email))
	c.tabTo(`main a[href^="/login"]`)
	c.pressEnter()
	c.waitUntil("the provider asks for a person", `document.getElementById('email')`)
	c.tabTo(`button[name=person][value="` + to.email + `"]`)
	c.pressEnter()
	c.waitForText(c.translate("page.terms.title"))
	c.tabTo(`button[value=approve]`)
	c.pressEnter()
	c.waitForText(c.translate("page.error.terms.terms_not_accepted"))
	c.waitUntil("the summary of errors has the focus", `document.activeElement.classList.contains('summary')`)
	c.tabTo(`.summary a`)
	c.pressEnter()
	c.waitUntil("the terms have the focus", `document.activeElement.id === 'field-terms'`)
	c.pressKeys(" ")
	c.waitUntil("the terms are ticked", `document.getElementById('field-terms').checked`)
	c.tabTo(`button[value=approve]`)
	c.pressEnter()
	c.waitForText(c.translate("page.approved.badge"))
}

func (w *window) pressKeys(keys string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(keys))
}

// pressEnter presses Enter as a keyboard does: the key down carries the character.
// chromedp sends the character as a separate event, after the key down. If the
// key down follows a link to a field, the character arrives at that field and
// submits its form.
func (w *window) pressEnter() {
	w.t.Helper()
	enter := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	up := enter
	up.Type, up.Text = input.DispatchKeyEventTypeKeyUp, ""
	w.run(command(input.DispatchKeyEvent, enter), command(input.DispatchKeyEvent, up))
}

// tabTo presses Tab until the element of a selector has the focus. Each element on
// the way must show its focus.
func (w *window) tabTo(selector string) {
	w.t.Helper()
	w.waitUntil("the page has "+selector, "document.readyState === 'complete' && document.querySelector("+quote(selector)+")")
	for range 80 {
		w.pressKeys(kb.Tab)
		if !eval[bool](w, `(() => { const s = getComputedStyle(document.activeElement); return document.activeElement === document.body || s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()`) {
			w.t.Errorf("the focus is not visible on %s", eval[string](w, "document.activeElement.outerHTML.slice(0, 200)"))
		}
		if eval[bool](w, "document.activeElement.matches("+quote(selector)+")") {
			return
		}
	}
	w.failf("Tab does not reach %s", selector)
}
