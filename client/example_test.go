package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/client"
)

func Example() {
	address := startExampleAPI()
	ctx := context.Background()

	c := &client.Client{URL: address, Token: "dev-manager-maja"}
	accepted, err := c.CreateActivation(ctx, client.ActivationRequest{
		CustomerID: "c-1008", SolutionID: "financial-overview", TaskID: "t-1008-1",
		InvoiceRecipient: client.InvoiceRecipientCustomer,
		Contact:          &client.Contact{Name: "Ture Tvätt", Email: "ture@tvatt.example", Phone: "070-123 45 67"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for step, err := range c.Follow(ctx, accepted.ID) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(step.Sequence, step.Text)
	}
	// Output:
	// 1 Requested
	// 2 The invitation was sent
}

// The error has a stable code and all invalid fields.
func ExampleError() {
	c := &client.Client{URL: startExampleAPI()}
	_, err := c.CreateActivation(context.Background(), client.ActivationRequest{CustomerID: "c-1008"})
	var refused *client.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code, refused.RequestID())
		for _, field := range refused.Errors {
			fmt.Printf("%s: %s\n", field.Field, field.Message)
		}
	}
	// Output:
	// 422 invalid_request R4QXW6ZT5NQ2
	// task_id: This is required.
}

// The iterator reads all pages.
func ExampleClient_Activations() {
	c := &client.Client{URL: startExampleAPI()}
	running := client.ListActivationsQuery{State: []client.State{client.StateActive}}
	for a, err := range c.Activations(context.Background(), running) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(a.CustomerName, "until", a.Agreement.EndsOn)
	}
	// Output:
	// Öbergs Snickeri AB until 2027-12-01
	// Åkessons Åkeri AB until 2028-01-01
}

// With a fixed key a request is safe to repeat, even by another process. The repeat returns
// the response of the first request.
func ExampleIdempotencyKey() {
	c := &client.Client{URL: startExampleAPI()}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	_, err := c.WithdrawActivation(ctx, "m4q8-p7r2", client.IdempotencyKey("withdrawal-17"), client.IfVersion(3))
	if client.CodeOf(err) == client.CodePreconditionFailed {
		fmt.Println("It has changed: read it again.")
	}
	// Output:
	// It has changed: read it again.
}
