package store_test

import (
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// takenOver adds an agreement that the customer already had.
func (b backend) takenOver(t *testing.T, customer string) collaboration.Order {
	t.Helper()
	o := orderFor(customer)
	o.RunningSince = collaboration.Date{Year: 2025, Month: 5, Day: 1}
	b.opened(t, o)
	must(t, b.TakeOver(ctx, takeOver(o)))
	return o
}

func takeOver(o collaboration.Order) message.TakeOverInput {
	return message.TakeOverInput{Activation: o.Activation, Agreement: collaboration.RunningAgreement(o.RunningSince, 12, noon), By: "emp-maja", At: noon}
}

func TestTakeOver_StartsWithoutDecision(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.takenOver(t, "c-1001")
		in := takeOver(o)
		must(t, b.TakeOver(ctx, in)) // a repetition changes nothing
		r := b.record(t, o.Activation)
		if r.State != collaboration.Active || r.Decision != nil || r.Agreement == nil || *r.Agreement != in.Agreement || !r.SentAt.IsZero() {
			t.Errorf("%+v", r)
		}
		if r.Order().RunningSince != o.RunningSince {
			t.Errorf("the order runs since %s, want %s", r.Order().RunningSince, o.RunningSince)
		}
		events, err := b.Events(ctx, o.Activation, 0)
		must(t, err)
		if len(events) != 3 || events[1].Action != collaboration.ActionTakenOver || events[1].By != "emp-maja" || events[2].Action != collaboration.ActionAccessGranted {
			t.Errorf("events %+v", events)
		}
		must(t, b.verified(o))
	})
}

// A customer that was archived after the request is not activated.
func TestCheckTask_RejectsArchivedCustomer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		must(t, b.exec("UPDATE customers SET archived_at = created_at WHERE id = 'c-1004'"))
		wantCode(t, b.CheckTask(ctx, o, noon), collaboration.CodeCustomerArchived)
	})
}
