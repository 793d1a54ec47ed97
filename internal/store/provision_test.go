package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// inScenario returns an order of another scenario than C.
func inScenario(customer string, sc collaboration.Scenario) collaboration.Order {
	o := orderFor(customer)
	o.Scenario, o.Contact = sc, nil
	return o
}

func TestProvision_CreatesMissingRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		for range 2 {
			must(t, b.ActivateSolution(ctx, o, noon))
			must(t, b.CreateAdministrator(ctx, o, noon))
		}
		b.wantMade(t, o, true)
		c := b.customer(t, "c-1004")
		want := collaboration.Subscription{SolutionID: solution, InvoiceRecipient: collaboration.PaidByOffice, Since: noon, ActivatedBy: o.Activation}
		if len(c.Subscriptions) != 1 || c.Subscriptions[0] != want {
			t.Errorf("subscriptions %+v", c.Subscriptions)
		}
		if a, ok := c.MainContact(); !ok || a.Name != "Åsa Öberg" || a.Phone != "070-174 06 99" || a.CreatedBy != o.Activation || a.CustomerID != "c-1004" {
			t.Errorf("main contact %+v", a)
		}
		if c.Scenario(solution) != collaboration.HasSolution {
			t.Errorf("scenario %s", c.Scenario(solution))
		}
	})
}

func TestProvision_KeepsExistingRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1001"))
		o.Contact.Email = "ASA@bjorksbygg.example"
		before := b.customer(t, "c-1001")
		for range 2 {
			must(t, b.ActivateSolution(ctx, o, noon))
			must(t, b.CreateAdministrator(ctx, o, noon))
		}
		b.wantMade(t, o, false)
		must(t, b.RemoveAdministrator(ctx, compensationOf(o)))
		must(t, b.DeactivateSolution(ctx, compensationOf(o)))
		if after := b.customer(t, "c-1001"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("it changed\n%+v to\n%+v", before, after)
		}
	})
}

// wantMade checks in the audit whether both steps created a row for this order.
func (b backend) wantMade(t *testing.T, o collaboration.Order, want bool) {
	t.Helper()
	file, _ := b.exported(t, o)
	made := map[collaboration.Action]string{}
	for _, row := range file.Rows {
		made[row.Action] = row.Detail
	}
	for _, action := range []collaboration.Action{collaboration.ActionSolutionActivated, collaboration.ActionAdministratorCreated} {
		if want := fmt.Sprintf(`{"created":%t}`, want); made[action] != want {
			t.Errorf("%s: %s, want %s", action, made[action], want)
		}
	}
}

func TestCreateAdministrator_KeepsMainContact(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1005"))
		must(t, b.CreateAdministrator(ctx, o, noon))
		c := b.customer(t, "c-1005")
		if main, _ := c.MainContact(); len(c.Administrators) != 2 || main.ID != "a-1005" {
			t.Errorf("administrators %+v", c.Administrators)
		}
	})
}

func TestCompensation_RemovesOwnRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		before := b.customer(t, "c-1004")
		o := b.invited(t, orderFor("c-1004"))
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Expired)))
		must(t, b.RemoveAdministrator(ctx, compensationOf(o)))
		must(t, b.DeactivateSolution(ctx, compensationOf(o)))
		if after := b.customer(t, "c-1004"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("got %+v, want %+v", after, before)
		}
		b.invited(t, orderFor("c-1004")) // a new activation may start
	})
}

// TestCompensation_KeepsAdministratorOfOtherInvitation has two solutions and one new
// administrator.
func TestCompensation_KeepsAdministratorOfOtherInvitation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		first := b.invited(t, orderFor("c-1004"))
		second := inScenario("c-1004", collaboration.OnPlatform)
		second.SolutionID = "another-solution"
		second.Activation = collaboration.NewActivationID(office, "c-1004", "another-solution")
		b.opened(t, second)
		must(t, b.CloseActivation(ctx, closing(first, collaboration.Declined)))
		must(t, b.RemoveAdministrator(ctx, compensationOf(first)))
		if _, ok := b.customer(t, "c-1004").MainContact(); !ok {
			t.Error("the person whom the other invitation goes to is gone")
		}
	})
}

func TestEndCollaboration_AppliesPolicy(t *testing.T) {
	t.Parallel()
	type end struct {
		policy collaboration.EndPolicy
		has    bool
		access string
	}
	eachOnBoth(t, map[string]end{
		"continue alone": {collaboration.ContinueAlone, true, "full"},
		"read only":      {collaboration.ReadOnly, false, "read_only"},
		"delete":         {collaboration.Delete, false, "none"},
	}, func(t *testing.T, b backend, test end) {
		o := orderFor("c-1004")
		o.OnEnd = collaboration.EndPolicies{test.policy}
		b.active(t, o)
		must(t, b.EndCollaboration(ctx, endOf(o)))
		c := b.customer(t, "c-1004")
		if c.Has(solution) != test.has {
			t.Errorf("has it: %t, want %t", c.Has(solution), test.has)
		}
		if test.has && c.Subscriptions[0].InvoiceRecipient != collaboration.PaidByCustomer {
			t.Errorf("paid by %s", c.Subscriptions[0].InvoiceRecipient)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM subscriptions WHERE customer_id = 'c-1004' AND access = $1", test.access); n != 1 {
			t.Errorf("%d rows with access %s", n, test.access)
		}
	})
}

// The parties see the choice with the notice, and the applied policy after the end.
func TestEndPolicy_IsStoredWithAgreement(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.OnEnd = collaboration.EndPolicies{collaboration.ContinueAlone, collaboration.ReadOnly, collaboration.Delete}
		b.active(t, o)
		if r := b.record(t, o.Activation); !slices.Equal(r.OnEnd, o.OnEnd) || r.EndPolicy() != collaboration.ContinueAlone {
			t.Errorf("the activation allows %q, by default %s", r.OnEnd, r.EndPolicy())
		}
		noticed := *b.record(t, o.Activation).Agreement
		noticed.Renews, noticed.OnEnd = false, collaboration.ReadOnly
		must(t, b.RecordAgreement(ctx, message.AmendmentInput{ID: "e-1", Activation: o.Activation, Action: collaboration.ActionNoticeGiven, Agreement: noticed, By: "emp-maja", At: noon}))
		if r := b.record(t, o.Activation); r.EndPolicy() != collaboration.ReadOnly {
			t.Errorf("after the notice: %s", r.EndPolicy())
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'notice_given' AND CAST(detail AS TEXT) LIKE $1", `%"on_end":"read_only"%`); n != 1 {
			t.Errorf("%d events with the choice", n)
		}
		end := endOf(o)
		end.OnEnd = collaboration.Delete
		must(t, b.EndCollaboration(ctx, end))
		if r := b.record(t, o.Activation); r.EndPolicy() != collaboration.Delete {
			t.Errorf("after the end: %s", r.EndPolicy())
		}
	})
}

func TestEndCollaboration_RejectsUnknownPolicy(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.OnEnd = collaboration.EndPolicies{"explode"}
		b.active(t, o)
		wantCode(t, b.EndCollaboration(ctx, endOf(o)), collaboration.CodeInternal)
		if r := b.record(t, o.Activation); r.State != collaboration.Active {
			t.Errorf("state %s", r.State)
		}
	})
}

// TestStartAgreement_SetsInvoiceRecipient: in scenario A the customer pays until the
// approval.
func TestStartAgreement_SetsInvoiceRecipient(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, inScenario("c-1001", collaboration.HasSolution))
		must(t, b.approve(ctx, approval(o)))
		if s := b.customer(t, "c-1001").Subscriptions[0]; s.InvoiceRecipient != collaboration.PaidByOffice {
			t.Errorf("paid by %s", s.InvoiceRecipient)
		}
	})
}

func TestCloseActivation_StoresDecisionAndCode(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		c := closing(o, collaboration.Declined)
		c.Decision = &collaboration.Decision{ID: "d", Activation: o.Activation, Generation: 1, Outcome: collaboration.Decline,
			By: "a-1", At: noon, Reason: collaboration.ReasonPrice, Comment: "Nej, 'tack' – åäö"}
		must(t, b.CloseActivation(ctx, c))
		if r := b.record(t, o.Activation); r.Decision == nil || *r.Decision != *c.Decision || !r.EndedAt.Equal(c.At) {
			t.Errorf("got %+v", r)
		}
		events, err := b.Events(ctx, o.Activation, 5)
		must(t, err)
		if len(events) != 1 || !strings.HasSuffix(events[0].Detail, `"outcome":"decline"},"reason":"price","state":"declined"}`) {
			t.Errorf("events %+v", events)
		}
		failed := b.opened(t, orderFor("c-1006"))
		f := closing(failed, collaboration.Failed)
		f.Code = collaboration.CodeTaskClosed
		must(t, b.CloseActivation(ctx, f))
		if r := b.record(t, failed.Activation); r.FailureCode != collaboration.CodeTaskClosed || r.State != collaboration.Failed || r.Decision != nil {
			t.Errorf("got %+v", r)
		}
	})
}

// TestOnCustomerChanged_RunsAfterCommit: the function can read the change.
func TestOnCustomerChanged_RunsAfterCommit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var told []string
		b.OnCustomerChanged(func(ctx context.Context, id string) {
			c, err := b.Customer(ctx, office, id)
			if err != nil {
				t.Error(err)
			}
			told = append(told, fmt.Sprintf("%s %d %d", id, len(c.Subscriptions), len(c.Administrators)))
		})
		expect := func(what string, want ...string) {
			t.Helper()
			if !slices.Equal(told, want) {
				t.Errorf("%s: reported %q, want %q", what, told, want)
			}
			told = nil
		}
		o := b.opened(t, orderFor("c-1004"))
		expect("open")
		must(t, b.ActivateSolution(ctx, o, noon))
		expect("activate", "c-1004 1 0")
		must(t, b.ActivateSolution(ctx, o, noon))
		expect("a repeat")
		must(t, b.CreateAdministrator(ctx, o, noon))
		expect("create", "c-1004 1 1")
		must(t, b.RemoveAdministrator(ctx, compensationOf(o)))
		expect("remove", "c-1004 1 0")
		must(t, b.DeactivateSolution(ctx, compensationOf(o)))
		expect("deactivate", "c-1004 0 0")
		other := b.opened(t, orderFor("c-1006"))
		b.refuseAudit(t)
		if err := b.ActivateSolution(ctx, other, noon); err == nil {
			t.Error("the audit took a row")
		}
		expect("a rollback")
	})
}
