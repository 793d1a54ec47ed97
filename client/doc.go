// Package client calls the HTTP API of Countersign: a method for each
// operation, with the types of its description.
//
//	c := &client.Client{URL: "https://countersign.example", Token: token}
//	accepted, err := c.CreateActivation(ctx, client.ActivationRequest{
//		CustomerID: "c-1008", SolutionID: "financial-overview", TaskID: "t-1008-1",
//		InvoiceRecipient: client.InvoiceRecipientOffice,
//	})
//	for step, err := range c.Follow(ctx, accepted.ID) { … }
//
// What the API refuses is an *[Error]: branch on its Code, show its Title and
// its Errors. Everything that changes something is sent with an
// Idempotency-Key, and what can be repeated under it is tried again where the
// API asks for that (429 and 503 with Retry-After). Lists are read page by page
// ([Client.Activations], [Client.Customers], [Client.BatchRows]), steps as they
// happen ([Client.Follow]).
//
// The package needs the standard library alone. generated.go is made of
// api/openapi.json by `make generate`.
package client
