package store_test

import (
	"testing"

	"countersign/collaboration"
)

// Before its first day an agreement gives no access and changes no payer, also after a change
// of the task and an end.
func TestStartAgreement_GivesAccessOnFirstDay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		access := func(o collaboration.Order) int {
			t.Helper()
			employees, err := b.Access(ctx, o.Activation)
			must(t, err)
			return len(employees)
		}
		o := b.approved(t, orderFor("c-1006"))
		must(t, b.ChangeActivation(ctx, change(o, "t-1006-3")))
		if n := access(o); n != 0 || b.record(t, o.Activation).TaskID != "t-1006-3" {
			t.Errorf("%d employees have access before the start", n)
		}
		if payer := b.customer(t, "c-1006").Subscriptions[0].InvoiceRecipient; payer != collaboration.PaidByOffice {
			t.Errorf("before the start %s pays", payer)
		}
		must(t, b.StartAgreement(ctx, startOf(approval(o))))
		if n := access(o); n == 0 {
			t.Error("nobody has access after the start")
		}
		if payer := b.customer(t, "c-1006").Subscriptions[0].InvoiceRecipient; payer != collaboration.PaidByCustomer {
			t.Errorf("after the start %s pays", payer)
		}
		must(t, b.EndCollaboration(ctx, endOf(o)))
		if n := access(o); n != 0 {
			t.Errorf("%d employees have access after the end", n)
		}

		early := b.approved(t, orderFor("c-1004"))
		must(t, b.EndCollaboration(ctx, endOf(early)))
		events, err := b.Events(ctx, early.Activation, 0)
		must(t, err)
		for _, e := range events {
			if e.Action == collaboration.ActionAccessGranted || e.Action == collaboration.ActionAccessRevoked {
				t.Errorf("%s in an agreement that ended before its start", e.Action)
			}
		}
	})
}

// The customer keeps its own subscription if the agreement ends before its start.
func TestEndCollaboration_BeforeStartKeepsOwnSubscription(t *testing.T) {
	t.Parallel()
	for _, isStarted := range []bool{false, true} {
		onBoth(t, func(t *testing.T, b backend) {
			o := orderFor("c-1001")
			o.Scenario, o.Contact, o.TaskID = collaboration.HasSolution, nil, "t-1001-1"
			must(t, b.OpenActivation(ctx, o))
			must(t, b.RecordApproval(ctx, approval(o)))
			if isStarted {
				must(t, b.StartAgreement(ctx, startOf(approval(o))))
			}
			must(t, b.EndCollaboration(ctx, endOf(o)))
			if _, kept := b.customer(t, "c-1001").Subscription(solution); kept == isStarted {
				t.Errorf("started %v: the customer keeps its subscription: %v", isStarted, kept)
			}
		})
	}
}
