package store_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// proposed returns a proposal with a number, in a state: the customer pays, and the price is
// higher.
func proposed(o collaboration.Order, number int, state collaboration.ProposalState) message.ProposalInput {
	from := o.Conditions(approval(o).Agreement)
	p := collaboration.Proposal{
		Number: number, Kind: collaboration.ProposalChange, State: state, From: from, By: "emp-maja", At: noon, ExpiresAt: noon.AddDate(0, 1, 0),
		Change: collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer},
		To:     collaboration.Conditions{Variant: "plus", Prices: collaboration.SamePrice(higherPrice), InvoiceRecipient: collaboration.PaidByCustomer, AgreementMonths: 12, TermsVersion: "2027-01"},
	}
	by := "emp-maja"
	if state == collaboration.ProposalApproved || state == collaboration.ProposalDeclined {
		by = "a-1"
		p.Decision = &collaboration.Decision{ID: "d-2", Activation: o.Activation, Generation: number, By: by, At: noon, Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, Comment: "för dyrt"}
	}
	return message.ProposalInput{ID: "m-1", Activation: o.Activation, Proposal: p, By: by, At: noon}
}

func TestRecordProposal_TakesEffectOnceApproved(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalOpen)))
		r := b.record(t, o.Activation)
		if !r.Proposal.IsOpen() || r.InvoiceRecipient != collaboration.PaidByOffice || r.Variant != "" {
			t.Errorf("proposed: %+v", r)
		}
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalDeclined)))
		if r := b.record(t, o.Activation); r.Proposal.State != collaboration.ProposalDeclined || r.InvoiceRecipient != collaboration.PaidByOffice {
			t.Errorf("declined: %+v", r)
		}
		must(t, b.RecordProposal(ctx, proposed(o, 2, collaboration.ProposalOpen)))
		must(t, b.RecordProposal(ctx, proposed(o, 2, collaboration.ProposalApproved)))
		r = b.record(t, o.Activation)
		if r.InvoiceRecipient != collaboration.PaidByCustomer || r.Variant != "plus" || r.Price() != higherPrice || r.TermsVersion != "2027-01" {
			t.Errorf("approved: %+v", r)
		}
		file, err := b.Audit(ctx, o.Activation)
		must(t, err)
		if detail := file.Rows[len(file.Rows)-1].Detail; !strings.Contains(detail, `"starts_on":"`+r.Agreement.StartsOn.String()+`"`) {
			t.Errorf("the approval has no first day: %s", detail)
		}
		if s, ok := b.customer(t, "c-1004").Subscription(solution); !ok || s.InvoiceRecipient != collaboration.PaidByCustomer || s.Variant != "plus" {
			t.Errorf("the subscription is %+v", s)
		}
	})
}

// A renewal's conditions apply from the next term.
func TestRecordProposal_OfRenewal(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		c := proposed(o, 1, collaboration.ProposalApproved)
		c.Proposal.Kind = collaboration.ProposalRenewal
		must(t, b.RecordProposal(ctx, c))
		if r := b.record(t, o.Activation); r.TermsVersion == "2027-01" || r.Price() == higherPrice {
			t.Errorf("before the renewal: %+v", r)
		}
		next := renewal(o)
		next.Conditions = &c.Proposal.To
		must(t, b.RenewAgreement(ctx, next))
		if r := b.record(t, o.Activation); r.TermsVersion != "2027-01" || r.Price() != higherPrice {
			t.Errorf("after the renewal: %+v", r)
		}
	})
}

// The end of the collaboration closes an open proposal, and an erasure removes the comment.
func TestRecordProposal_LapsesAndIsErased(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalDeclined)))
		must(t, b.RecordProposal(ctx, proposed(o, 2, collaboration.ProposalOpen)))
		must(t, b.EndCollaboration(ctx, endOf(o)))
		if r := b.record(t, o.Activation); r.Proposal.State != collaboration.ProposalLapsed {
			t.Errorf("after the end: %+v", r.Proposal)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'change_lapsed'"); n != 1 {
			t.Errorf("%d events", n)
		}
	})
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalDeclined)))
		must(t, b.EndCollaboration(ctx, endOf(o)))
		must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
		if r := b.record(t, o.Activation); strings.Contains(r.Proposal.Decision.Comment, "dyrt") {
			t.Errorf("the comment is %q", r.Proposal.Decision.Comment)
		}
	})
}

// A reminder of a proposal that has an answer is not sent.
func TestBeginMail_RejectsAnsweredProposal(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		reminder := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationChangeReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon}
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalOpen)))
		_, err := b.BeginMail(ctx, reminder, "")
		must(t, err)
		must(t, b.RecordProposal(ctx, proposed(o, 1, collaboration.ProposalDeclined)))
		reminder.Number = 2
		_, err = b.BeginMail(ctx, reminder, "")
		wantCode(t, err, collaboration.CodeNotPending)
	})
}
