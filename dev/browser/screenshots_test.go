package browser_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"countersign/api/rest"
	"countersign/collaboration"
)

var update = flag.Bool("update", false, "take the README's screenshots anew")

// screenshots are the README's, by name. maxScreenshot keeps a clone small.
var screenshots = []string{"form", "progress", "approve", "timeline"}

const maxScreenshot = 60 << 10

func screenshot(name string) string { return "../../docs/" + name + ".webp" }

// The README shows each screenshot, and they are small. With -update they are
// updated: make screenshots.
func TestScreenshots(t *testing.T) {
	if *update {
		takeScreenshots(t)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range screenshots {
		if info, err := os.Stat(screenshot(name)); err != nil || info.Size() > maxScreenshot || info.Size() < 5<<10 {
			t.Errorf("%s: %v, %+v", name, err, info)
		}
		if !strings.Contains(string(readme), "docs/"+name+".webp") {
			t.Errorf("the README does not show %s", name)
		}
	}
}

func takeScreenshots(t *testing.T) {
	to := invitee{"c-1009", "Elin Höglunds", "elin@hoglund.example", financial}
	w := openWindowAs(t, maja, look{language: "en", width: 1080})
	w.visit("/customers/" + to.customer + "/collaborations/" + to.solution)
	w.fillIn(to)
	w.fill(w.translate("field.contact.name"), "Elin Höglund")
	w.saveScreenshot("form", "main")
	w.click(w.translate("office.activate.review"))
	w.click(w.translate("office.confirm.activate"))
	w.waitForText(w.translate("office.progress.waiting"))
	id := strings.TrimPrefix(w.currentPath(), "/activations/")
	w.saveScreenshot("progress", "main .sides")
	c := openWindow(t, look{language: "en", width: 900})
	c.openInvitation(id, to)
	c.saveScreenshot("approve", "main")
	c.approve()

	// Another collaboration, in which the office has given notice.
	asa := invitee{"c-1001", "Björks Bygg", "asa@bjorksbygg.example", financial}
	id = activateByAPI(t, collaboration.Request{CustomerID: asa.customer, SolutionID: asa.solution, TaskID: "t-1001-1", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 12})
	d := openWindow(t, look{language: "en", width: 900})
	d.openInvitation(id, asa)
	d.approve()
	callAPI(t, "POST", "/v1/activations/"+id+"/end", rest.EndRequest{When: collaboration.EndOfTerm}, &rest.StatusView{})
	w.visit("/activations/" + id)
	w.saveScreenshot("timeline", "section[aria-labelledby=life]")
}

// saveScreenshot saves a picture of the first element that a selector finds.
func (w *window) saveScreenshot(name, selector string) {
	w.t.Helper()
	w.waitUntil("the page has "+selector, "document.readyState === 'complete' && document.querySelector("+quote(selector)+")")
	eval[bool](w, "(() => { document.activeElement.blur(); return true; })()")
	box := eval[[]float64](w, `(() => { const r = document.querySelector(`+quote(selector)+`).getBoundingClientRect(); return [r.x + scrollX, r.y + scrollY, r.width, r.height]; })()`)
	quality, beyond := int64(70), true
	ctx, cancel := w.limited()
	defer cancel()
	picture, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatWebp, Quality: &quality, CaptureBeyondViewport: &beyond,
			Clip: &page.Viewport{X: box[0], Y: box[1], Width: box[2], Height: box[3], Scale: 0.75},
		})
		return r.Data, err
	})
	if err == nil {
		err = os.WriteFile(screenshot(name), picture, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
