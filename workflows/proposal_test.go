package workflows_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// answering returns an administrator's answer to a proposal.
func (s *scene) answering(id string, number int, outcome collaboration.Outcome) message.Command {
	d := collaboration.Decision{ID: id, Activation: s.order.Activation, Generation: number, By: "admin-1", Outcome: outcome}
	if outcome == collaboration.Approve {
		d.Offer = &collaboration.Offer{TermsVersion: "2026-11", TermsHash: "hash"}
	} else {
		d.Reason = collaboration.ReasonPrice
	}
	c := message.Decide(d)
	c.Kind = collaboration.CommandDecideChange
	return c
}

// proposalStates returns the stored states of proposals, in order.
func (b *backend) proposalStates() (states []collaboration.ProposalState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.proposals {
		states = append(states, p.Proposal.State)
	}
	return states
}

// The task changes at once; the payer and the length only once the customer approves.
func TestChange_NeedsConsent(t *testing.T) {
	t.Parallel()
	s := running(t)
	var proposed, before, approved *reply
	s.on(day2027(time.March, 1), func() {
		proposed = s.send(s.change("m-1", collaboration.Change{TaskID: "t-2", InvoiceRecipient: collaboration.PaidByCustomer, AgreementMonths: 12}))
	})
	s.on(day2027(time.March, 2), func() { before = s.send(s.change("m-2", collaboration.Change{TaskID: "t-3"})) })
	s.on(day2027(time.March, 3), func() { approved = s.send(s.answering("answer-1", 1, collaboration.Approve)) })
	s.run()
	if p := proposed.status.Proposal; proposed.err != nil || !p.IsOpen() || p.From.InvoiceRecipient != collaboration.PaidByOffice || p.To.InvoiceRecipient != collaboration.PaidByCustomer ||
		p.From.AgreementMonths != 3 || p.To.AgreementMonths != 12 || !p.ExpiresAt.Equal(p.At.Add(30*day)) {
		t.Errorf("proposed: %+v", proposed)
	}
	if a := before.status.Agreement; before.err != nil || a.NextMonths != 0 {
		t.Errorf("before the approval: %+v", before)
	}
	if a := approved.status.Agreement; approved.err != nil || a.NextMonths != 12 || approved.status.Proposal.State != collaboration.ProposalApproved {
		t.Errorf("approved: %+v", approved)
	}
	r := s.continued()
	if r.Order.TaskID != "t-3" || r.Order.InvoiceRecipient != collaboration.PaidByCustomer {
		t.Errorf("the next state has %+v", r.Order)
	}
	// Three months from 31 January, and then twelve: never 30 April, which would be drift.
	if a := r.Status.Agreement; a.EndsOn() != (collaboration.Date{Year: 2028, Month: time.April, Day: 30}) || a.Renewed().EndsOn().Year != 2029 {
		t.Errorf("the next term ends on %s", a.EndsOn())
	}
	if len(s.backend.changes) != 2 || s.backend.changes[0].Change.InvoiceRecipient != "" {
		t.Errorf("changed at once: %+v", s.backend.changes)
	}
	if s.backend.count("mail") != 1 {
		t.Error("the customer was invited again")
	}
}

// A change that is better for the customer takes effect at once.
func TestChange_OfficePaysWithoutConsent(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.order.InvoiceRecipient = collaboration.PaidByCustomer
	var changed *reply
	s.on(day2027(time.March, 1), func() {
		changed = s.send(s.change("m-1", collaboration.Change{InvoiceRecipient: collaboration.PaidByOffice}))
	})
	s.run()
	if changed.err != nil || changed.status.Proposal != nil || s.continued().Order.InvoiceRecipient != collaboration.PaidByOffice {
		t.Errorf("changed: %+v", changed)
	}
	if n := len(s.backend.sent(collaboration.NotificationChanged)); n != 1 {
		t.Errorf("notified %d times", n)
	}
}

func TestProposal_WithoutConsentChangesNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[collaboration.ProposalState]func(*scene){
		collaboration.ProposalDeclined: func(s *scene) { s.send(s.answering("answer-1", 1, collaboration.Decline)) },
		collaboration.ProposalWithdrawn: func(s *scene) {
			s.send(message.Command{ID: "w-1", Activation: s.order.Activation, Kind: collaboration.CommandWithdrawChange, By: "emp-1"})
		},
		collaboration.ProposalExpired: func(*scene) {},
	} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			s := running(t)
			s.on(day2027(time.March, 1), func() {
				s.send(s.change("m-1", collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}))
			})
			s.on(day2027(time.March, 2), func() { end(s) })
			s.run()
			if got, want := s.backend.proposalStates(), []collaboration.ProposalState{collaboration.ProposalOpen, name}; !slices.Equal(got, want) {
				t.Errorf("stored %q, want %q", got, want)
			}
			if r := s.continued(); r.Order.InvoiceRecipient != collaboration.PaidByOffice || r.Status.Agreement.NextMonths != 0 {
				t.Errorf("the next state has %+v", r)
			}
		})
	}
}

func TestProposal_RejectsOtherAnswers(t *testing.T) {
	t.Parallel()
	s := running(t)
	replies := map[string]*reply{}
	s.on(day2027(time.March, 1), func() {
		replies["no_proposal"] = s.send(s.answering("answer-0", 1, collaboration.Approve))
	})
	s.on(day2027(time.March, 2), func() {
		s.send(s.change("m-1", collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}))
	})
	another := &reply{}
	s.on(day2027(time.March, 3), func() { another = s.send(s.answering("answer-another", 2, collaboration.Approve)) })
	s.on(day2027(time.March, 3), func() {
		replies["change_proposed"] = s.send(s.change("m-2", collaboration.Change{AgreementMonths: 12}))
	})
	s.on(day2027(time.March, 4), func() { s.send(s.answering("answer-1", 1, collaboration.Decline)) })
	s.on(day2027(time.March, 5), func() {
		replies["already_decided"] = s.send(s.answering("answer-2", 1, collaboration.Approve))
	})
	s.run()
	if another.code() != collaboration.CodeNoProposal {
		t.Errorf("another number: %q", another.code())
	}
	for want, r := range replies {
		if got := r.code(); got != collaboration.Code(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// renewingUnderNewTerms runs a term of three months with a catalogue that has other terms and a higher
// price. The notice day is 31 March 2027.
func renewingUnderNewTerms(t *testing.T, policy collaboration.RenewalPolicy) *scene {
	t.Helper()
	higher := collaboration.SamePrice(collaboration.Price{Amount: "200", Currency: "SEK", Per: collaboration.PerMonth})
	s := runningWith(t, collaboration.NewCatalogue(collaboration.Solution{
		ID: "financial-overview", Terms: collaboration.Terms{Version: "2027-01"}, PriceByPayer: higher, OnUnapprovedRenewal: policy,
	}))
	s.order.TermsVersion, s.order.InvoiceRecipient = "2026-11", collaboration.PaidByCustomer
	s.order.Prices = collaboration.SamePrice(collaboration.Price{Amount: "100", Currency: "SEK", Per: collaboration.PerMonth})
	return s
}

func TestRenewal_AsksForConsent(t *testing.T) {
	t.Parallel()
	s := renewingUnderNewTerms(t, collaboration.RenewUnchanged)
	s.on(day2027(time.March, 20), func() { s.send(s.answering("answer-1", 1, collaboration.Approve)) })
	s.run()
	p := s.backend.proposals[0].Proposal
	if p.Kind != collaboration.ProposalRenewal || p.To.Price().Amount != "200" || p.From.Price().Amount != "100" || p.To.TermsVersion != "2027-01" ||
		collaboration.DateOf(p.At) != day2027(time.March, 1) || collaboration.DateOf(p.ExpiresAt) != day2027(time.March, 31) {
		t.Errorf("proposed %+v", p)
	}
	if s.backend.renewal == nil || s.backend.renewal.Price().Amount != "200" || s.continued().Order.Conditions(collaboration.Agreement{}).TermsVersion != "2027-01" {
		t.Errorf("renewed with %+v", s.backend.renewal)
	}
}

// Without an answer the policy of the catalogue decides, before both parties are notified of
// the term's end.
func TestRenewal_WithoutAnswerFollowsPolicy(t *testing.T) {
	t.Parallel()
	for _, policy := range []collaboration.RenewalPolicy{collaboration.RenewUnchanged, collaboration.EndAgreement} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			s := renewingUnderNewTerms(t, policy)
			var revoked *reply
			if policy == collaboration.EndAgreement {
				s.on(day2027(time.April, 5), func() { revoked = s.send(s.revokingNotice()) })
			}
			s.run()
			if got := s.backend.proposalStates(); !slices.Equal(got, []collaboration.ProposalState{collaboration.ProposalOpen, collaboration.ProposalExpired}) {
				t.Errorf("stored %q", got)
			}
			if policy == collaboration.RenewUnchanged {
				if s.backend.renewal != nil || s.continued().Order.Price().Amount != "100" {
					t.Errorf("renewed with %+v", s.backend.renewal)
				}
				return
			}
			if s.backend.count("renew") != 0 || s.result().State != collaboration.Ended || revoked.code() != collaboration.CodeRenewalNotApproved {
				t.Errorf("renewed %d times, state %s, the revocation: %+v", s.backend.count("renew"), s.result().State, revoked)
			}
		})
	}
}

// An end after a renewal without approval applies the default, not the choice for a later end.
func TestRenewal_WithoutApprovalAppliesDefaultPolicy(t *testing.T) {
	t.Parallel()
	s := renewingUnderNewTerms(t, collaboration.EndAgreement)
	s.on(day2027(time.February, 20), func() {
		c := s.endingWith("e-1", collaboration.EndOnDate, collaboration.ContinueAlone)
		c.End.On = day2027(time.December, 1)
		s.send(c)
	})
	s.run()
	if s.backend.count("renew") != 0 || s.backend.end.OnEnd != collaboration.ReadOnly {
		t.Errorf("renewed %d times, the policy at the end is %q", s.backend.count("renew"), s.backend.end.OnEnd)
	}
}

// A collaboration that is taken over after its notice day renews unchanged.
func TestRenewal_TakenOverAfterNoticeDay(t *testing.T) {
	t.Parallel()
	s := renewingUnderNewTerms(t, collaboration.EndAgreement)
	s.order.RunningSince = collaboration.Date{Year: 2026, Month: time.November, Day: 15}
	s.run()
	if got := s.backend.proposalStates(); len(got) != 0 || s.backend.count("renew") != 1 {
		t.Errorf("stored %q, renewed %d times", got, s.backend.count("renew"))
	}
}

// Notice makes the question of a renewal obsolete; its revocation asks again.
func TestRenewal_LapsesWithNotice(t *testing.T) {
	t.Parallel()
	s := renewingUnderNewTerms(t, collaboration.RenewUnchanged)
	s.on(day2027(time.March, 10), func() { s.send(s.ending("e-1", collaboration.EndOfTerm)) })
	s.on(day2027(time.March, 12), func() { s.send(s.revokingNotice()) })
	s.run()
	want := []collaboration.ProposalState{collaboration.ProposalOpen, collaboration.ProposalLapsed, collaboration.ProposalOpen, collaboration.ProposalExpired}
	if got := s.backend.proposalStates(); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}
