package store_test

import (
	"maps"
	"testing"

	"countersign/collaboration"
)

func TestStep_RejectsForbiddenTransition(t *testing.T) {
	t.Parallel()
	decline := func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
		b.invited(t, o)
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Declined)))
		return o
	}
	end := func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
		b.active(t, o)
		must(t, b.EndCollaboration(ctx, endOf(o)))
		return o
	}
	endBeforeStart := func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
		b.approved(t, o)
		must(t, b.EndCollaboration(ctx, endOf(o)))
		return o
	}
	activate := func(b backend, o collaboration.Order) error { return b.ActivateSolution(ctx, o, noon) }
	start := func(b backend, o collaboration.Order) error { return b.approve(ctx, approval(o)) }
	withdraw := func(b backend, o collaboration.Order) error {
		return b.CloseActivation(ctx, closing(o, collaboration.Withdrawn))
	}
	type unlawful struct {
		ready func(backend, *testing.T, collaboration.Order) collaboration.Order
		do    func(backend, collaboration.Order) error
		code  collaboration.Code
	}
	eachOnBoth(t, map[string]unlawful{
		"start what waits":     {backend.invited, func(b backend, o collaboration.Order) error { return b.StartAgreement(ctx, startOf(approval(o))) }, collaboration.CodeNotActive},
		"start what has ended": {endBeforeStart, func(b backend, o collaboration.Order) error { return b.StartAgreement(ctx, startOf(approval(o))) }, collaboration.CodeNotActive},
		"fail what has started": {backend.active, func(b backend, o collaboration.Order) error {
			return b.CloseActivation(ctx, closing(o, collaboration.Failed))
		}, collaboration.CodeNotPending},
		"approve what was declined": {decline, start, collaboration.CodeNotPending},
		"withdraw what is active":   {backend.active, withdraw, collaboration.CodeNotPending},
		"withdraw what has ended":   {end, withdraw, collaboration.CodeNotPending},
		"end what waits":            {backend.invited, func(b backend, o collaboration.Order) error { return b.EndCollaboration(ctx, endOf(o)) }, collaboration.CodeNotActive},
		"renew what waits":          {backend.invited, func(b backend, o collaboration.Order) error { return b.RenewAgreement(ctx, renewal(o)) }, collaboration.CodeNotActive},
		"renew what has ended":      {end, func(b backend, o collaboration.Order) error { return b.RenewAgreement(ctx, renewal(o)) }, collaboration.CodeNotActive},
		"give notice while pending": {backend.invited, func(b backend, o collaboration.Order) error {
			return b.RecordAgreement(ctx, notice(o, running(o)))
		}, collaboration.CodeNotActive},
		"invite to what was declined": {decline, func(b backend, o collaboration.Order) error {
			_, err := b.BeginMail(ctx, invitation(o, 2), "")
			return err
		}, collaboration.CodeNotPending},
		"compensate an active one": {backend.active, func(b backend, o collaboration.Order) error { return b.DeactivateSolution(ctx, compensationOf(o)) }, collaboration.CodeInternal},
		"close into active": {backend.opened, func(b backend, o collaboration.Order) error {
			return b.CloseActivation(ctx, closing(o, collaboration.Active))
		}, collaboration.CodeInternal},
		"activate after closing": {func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
			b.opened(t, o)
			must(t, withdraw(b, o))
			return o
		}, activate, collaboration.CodeNotPending},
		"activate after the compensation": {func(b backend, t *testing.T, o collaboration.Order) collaboration.Order {
			b.opened(t, o)
			must(t, b.DeactivateSolution(ctx, compensationOf(o)))
			return o
		}, activate, collaboration.CodeNotPending},
		"a step of nothing": {nil, start, collaboration.CodeActivationNotFound},
		"finish what never began": {backend.provisioned, func(b backend, o collaboration.Order) error {
			return b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "")
		}, collaboration.CodeInternal},
		"finish as failed": {backend.sending, func(b backend, o collaboration.Order) error {
			return b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryFailed, "")
		}, collaboration.CodeInternal},
		"create without a contact": {backend.opened, func(b backend, o collaboration.Order) error {
			o.Contact = nil
			return b.CreateAdministrator(ctx, o, noon)
		}, collaboration.CodeInternal},
	}, func(t *testing.T, b backend, test unlawful) {
		o := orderFor("c-1004")
		if test.ready != nil {
			test.ready(b, t, o)
		}
		before := b.rows(t)
		wantCode(t, test.do(b, o), test.code)
		if after := b.rows(t); !maps.Equal(before, after) {
			t.Errorf("it changed\n%v to\n%v", before, after)
		}
	})
}

func TestCheckTask(t *testing.T) {
	t.Parallel()
	type check struct {
		customer, task string
		code           collaboration.Code
	}
	eachOnBoth(t, map[string]check{
		"open":               {"c-1004", "t-1004-1", ""},
		"closed":             {"c-1013", "t-1013-1", collaboration.CodeTaskClosed},
		"none":               {"c-1004", "t-9999-1", collaboration.CodeTaskNotFound},
		"another customer's": {"c-1004", "t-1001-1", collaboration.CodeTaskOfAnotherCustomer},
		"another office's":   {"c-1004", "t-2001-1", collaboration.CodeTaskNotFound},
	}, func(t *testing.T, b backend, test check) {
		o := orderFor(test.customer)
		o.TaskID = test.task
		b.opened(t, o)
		wantCode(t, b.CheckTask(ctx, o, noon), test.code)
	})
}

// TestCheckTask_RequiresSubscription: the customer had the solution when the form was
// rendered.
func TestCheckTask_RequiresSubscription(t *testing.T) {
	t.Parallel()
	eachOnBoth(t, map[string]struct {
		customer string
		want     collaboration.Code
	}{
		"has the solution":           {"c-1001", ""},
		"has the solution no longer": {"c-1004", collaboration.CodeScenarioChanged},
	}, func(t *testing.T, b backend, c struct {
		customer string
		want     collaboration.Code
	}) {
		o := orderFor(c.customer)
		o.Scenario, o.TaskID = collaboration.HasSolution, "t-"+c.customer[2:]+"-1"
		b.opened(t, o)
		wantCode(t, b.CheckTask(ctx, o, noon), c.want)
	})
}
