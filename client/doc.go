// Package client calls the HTTP API of Countersign. It has a method for each operation, with
// the types of the API's description.
//
//	c := &client.Client{URL: "https://countersign.example", Token: token}
//	accepted, err := c.CreateActivation(ctx, client.ActivationRequest{
//		CustomerID: "c-1008", SolutionID: "financial-overview", TaskID: "t-1008-1",
//		InvoiceRecipient: client.InvoiceRecipientOffice,
//	})
//	for step, err := range c.Follow(ctx, accepted.ID) { … }
//
// An error response is an *[Error]: branch on its Code, and show its Title and Errors. The
// client sends an Idempotency-Key with every changing request, and retries idempotent
// requests after 429 and 503 with Retry-After. Iterators read lists page by page
// ([Client.Activations], [Client.Customers], [Client.BatchRows]) and follow an activation's
// events ([Client.Follow]).
//
// The package depends on the standard library only. `make generate` generates generated.go
// from api/openapi.json.
package client
