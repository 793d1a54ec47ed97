package api_test

import (
	"net/http"
	"regexp"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

// key matches a text key, which a page shows if the text is missing.
var key = regexp.MustCompile(`\b(office|stands|delivery|decided|action|payer|start|months|reason|page|field)\.[a-z_]+(\.[a-z_]+)*\b`)

// Every page of the office has all its texts, in both languages.
func TestPages_HaveEveryText(t *testing.T) {
	t.Parallel()
	var paths []string
	w := newWorld()
	for _, customer := range []string{"c-has", "c-platform", "c-new", "c-idle", "c-orphan"} {
		paths = append(paths, "/customers/"+customer, "/customers/"+customer+"/tasks", "/customers/"+customer+"/contacts")
		for _, s := range catalogue.Embedded.Solutions() {
			paths = append(paths, "/customers/"+customer+"/collaborations/"+s.ID)
		}
		for _, state := range collaboration.States() {
			for _, delivery := range []collaboration.DeliveryStatus{collaboration.DeliveryQueued, collaboration.DeliverySending, collaboration.DeliveryAccepted, collaboration.DeliveryFailed,
				collaboration.DeliveryUnconfirmed, collaboration.DeliveryDelivered, collaboration.DeliveryBounced} {
				id := w.with(customer, state, func(r *collaboration.Activation) {
					r.Delivery, r.Period.Start, r.FailureCode = delivery, collaboration.NextMonth, collaboration.CodeScenarioChanged
				})
				paths = append(paths, "/activations/"+string(id))
			}
		}
	}
	b := openBrowser(t, w.server(t), maja.Email)
	for _, b.lang = range []string{"sv", "en"} {
		for _, path := range append(paths, "/customers", "/customers?q=x") {
			if page := mainOf(b.get(path)); visible(page) != "" {
				t.Errorf("%s: %q in\n%s", path, visible(page), page)
			}
		}
		for _, start := range []string{"on_approval", "next_month", "chosen_month"} {
			for _, payer := range []string{"office", "customer"} {
				got := b.submit(newForm, append(linda, "period.start", start, "period.month", "2027-01-01", "invoice_recipient", payer)...)
				if page := mainOf(got.Body.String()); got.Code != http.StatusOK || visible(page) != "" {
					t.Errorf("%s, %s: %d %q in\n%s", start, payer, got.Code, visible(page), page)
				}
			}
		}
	}
}

// visible returns a text key outside of tags; field names in attributes do not count.
func visible(page string) string {
	return key.FindString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " "))
}
