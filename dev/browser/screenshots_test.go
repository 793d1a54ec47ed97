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

	"countersign/api"
	"countersign/collaboration"
)

var update = flag.Bool("update", false, "take the README's screenshots anew")

// screenshots are the README's, by name. maxScreenshot keeps a clone small.
var screenshots = []string{"form", "progress", "approve", "timeline"}

const maxScreenshot = 60 << 10

func screenshot(name string) string { return "../../docs/" + name + ".webp" }

// The README shows each screenshot, and they are small. With -update they are
// taken anew: make screenshots.
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
	who := invited{"c-1009", "Elin Höglunds", "elin@hoglund.example", financial}
	w := person(t, maja, look{language: "en", width: 1080})
	w.visit("/customers/" + who.customer + "/collaborations/" + who.solution)
	w.fillIn(who)
	w.fill(w.say("field.contact.name"), "Elin Höglund")
	w.shoot("form", "main")
	w.click(w.say("office.activate.review"))
	w.click(w.say("office.confirm.activate"))
	w.sees(w.say("office.progress.waiting"))
	w.shoot("progress", "main .sides")
	c := anybody(t, look{language: "en", width: 900})
	c.opensInvitation(who)
	c.shoot("approve", "main")
	c.approves()

	// Another one, whose office has given notice.
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	asa := invited{"c-1001", "Björks Bygg", "asa@bjorksbygg.example", financial}
	id := activate(t, a, collaboration.Request{CustomerID: asa.customer, SolutionID: asa.solution, TaskID: "t-1001-1", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 12})
	d := anybody(t, look{language: "en", width: 900})
	d.opensInvitation(asa)
	d.approves()
	callAPI(t, a, "POST", "/v1/activations/"+id+"/end", api.EndRequest{When: collaboration.EndOfTerm}, &api.StandingView{})
	w.visit("/activations/" + id)
	w.shoot("timeline", "section[aria-labelledby=life]")
}

// shoot keeps a picture of the first element that a selector finds.
func (w *window) shoot(name, selector string) {
	w.t.Helper()
	w.until(selector, "document.readyState === 'complete' && document.querySelector("+quote(selector)+")")
	eval[bool](w, "(() => { document.activeElement.blur(); return true; })()")
	box := eval[[]float64](w, `(() => { const r = document.querySelector(`+quote(selector)+`).getBoundingClientRect(); return [r.x + scrollX, r.y + scrollY, r.width, r.height]; })()`)
	quality, beyond := int64(70), true
	picture, err := chromedp.Run(w.ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
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
