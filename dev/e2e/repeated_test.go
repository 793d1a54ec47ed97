package e2e_test

import (
	"net/http"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// Who ends something and gets no answer asks again under the same key, and is
// answered as if it were the first time: office and customer alike.
func TestAnEndingIsRepeated(t *testing.T) {
	o := start(t, parts[0].use)
	o.importCustomers(2)
	for n, who := range []struct {
		name, path string
		office     bool
	}{{"the office", "/v1/activations/", true}, {"the customer", "/v1/collaborations/", false}} {
		t.Run(who.name, func(t *testing.T) {
			id := o.activate(o.requestFor(n, personOf(n)))
			o.await(id, collaboration.AwaitingApproval)
			c := o.customer(personOf(n))
			c.approve(o.mails(personOf(n))[0].Links[0])
			o.await(id, collaboration.Active)
			by := c.office
			if who.office {
				by = o
			}
			end := func(key string) answered {
				return by.says(http.Header{"Idempotency-Key": {key}}, http.MethodPost, who.path+string(id)+"/end", api.EndRequest{When: collaboration.EndNow})
			}
			first := end("the key")
			o.await(id, collaboration.Ended)
			if repeat := end("the key"); first.status != http.StatusOK || repeat != first {
				t.Errorf("answered %s, and its repeat %s", first, repeat)
			}
			if other := end("another key"); other.code != collaboration.CodeNotActive {
				t.Errorf("another one is answered %s", other)
			}
		})
	}
}
