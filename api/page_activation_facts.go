package api

import (
	"cmp"
	"slices"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// nowOf is where an activation stands, in one sentence.
func nowOf(r collaboration.Record, l collaboration.Locale) string {
	say := func(key string, args ...any) string { return web.Text(l, "office.now."+key, args...) }
	day := func(t time.Time) string { return web.LongDate(collaboration.DateOf(t), l) }
	switch a := r.Agreement; r.State {
	case collaboration.AwaitingApproval:
		return say("awaiting_approval", cmp.Or(r.InvitedName, r.CustomerName), web.Moment(r.ExpiresAt, l))
	case collaboration.Active:
		switch {
		case a == nil:
			return say("active")
		case a.Continues():
			return say("active.renews", web.LongDate(a.EndsOn(), l))
		}
		return say("active.ends", web.LongDate(a.EndsOn(), l))
	case collaboration.Ended:
		return say("ended", day(r.EndedAt))
	}
	return say(string(r.State))
}

// problemsOf are what somebody at the office must do something about.
func (s *Server) problemsOf(r collaboration.Record, actions []action, l collaboration.Locale) []mend {
	var all []mend
	if r.State == collaboration.Failed {
		m := mend{Text: r.FailureCode.Text(l), Do: web.Text(l, "office.failed.do"), Link: web.Text(l, "action.again"),
			Path: formPage(r)}
		if own := "office.failed." + string(r.FailureCode); web.Has(l, own) {
			m.Do = web.Text(l, own)
		}
		all = append(all, m)
	}
	if trouble := "office.trouble." + string(r.Delivery); r.State.Pending() && web.Has(l, trouble) {
		m := mend{Text: web.Text(l, trouble, r.InvitedEmail), Do: web.Text(l, trouble+".do")}
		correct := slices.IndexFunc(actions, func(a action) bool { return a.Name == "correct" })
		if r.Delivery == collaboration.DeliveryBounced && correct >= 0 {
			m.Path, m.Link = actions[correct].Path, web.Text(l, "action.correct")
		}
		all = append(all, m)
	}
	return all
}

// recordFacts are the terms of an activation, how its mail fares, and what the
// customer answered.
func (s *Server) recordFacts(r collaboration.Record, solution collaboration.Solution, l collaboration.Locale) []fact {
	label := func(key string) string { return web.Text(l, "office.fact."+key) }
	facts := []fact{{Label: label("requested"), Value: cmp.Or(r.RequestedByName, web.Text(l, "office.by.gone")), More: web.Moment(r.RequestedAt, l)}}
	if r.InvitedName != "" {
		sent := fact{Label: label("invited"), Value: r.InvitedName, More: r.InvitedEmail}
		facts = append(facts, sent)
	}
	if delivery := "delivery." + string(r.Delivery); web.Has(l, delivery) && r.State.Pending() {
		mail := fact{Label: label("mail"), Value: web.Text(l, delivery)}
		if !r.SentAt.IsZero() {
			mail.More = web.Moment(r.SentAt, l)
		}
		facts = append(facts, mail)
	}
	facts = append(facts, fact{Label: label("task"), Value: cmp.Or(r.TaskName, r.TaskID), More: r.TaskOwnerName})
	if variant, ok := solution.Variant(r.Variant); ok {
		facts = append(facts, fact{Label: label("variant"), Value: variant.Name.In(l)})
	}
	paid := fact{Label: label("payer"), Value: web.Text(l, "payer."+string(r.InvoiceRecipient))}
	if r.Scenario == collaboration.HasSolution {
		if kept := viewKept("kept", solution, r.Variant, r.KeptUntil, l); kept != nil {
			paid.More = kept.Text
		}
	}
	facts = append(facts, paid)
	facts = append(facts, agreementFacts(r, l)...)
	return append(facts, decisionFacts(r, l)...)
}

// agreementFacts are when it starts and how long it is, as asked for or as
// agreed.
func agreementFacts(r collaboration.Record, l collaboration.Locale) []fact {
	label := func(key string) string { return web.Text(l, "office.fact."+key) }
	length := fact{Label: label("length"), Value: web.Text(l, "months", r.AgreementMonths), More: label("length.more")}
	a := r.Agreement
	if a == nil {
		return []fact{{Label: label("starts"), Value: web.Text(l, "office.starts."+string(r.Period.Start), web.LongDate(r.Period.Month, l))}, length}
	}
	length.Value, length.More = web.Text(l, "months", a.Months), ""
	if a.NextMonths != 0 {
		length.More = web.Text(l, "office.fact.length.next", a.NextMonths)
	}
	ends := fact{Label: label("ends"), Value: web.LongDate(a.EndsOn(), l)}
	if a.Continues() {
		ends.Label = label("renews")
	}
	if !r.EndedAt.IsZero() {
		ends = fact{Label: label("ended"), Value: web.Moment(r.EndedAt, l)}
	}
	return []fact{{Label: label("starts"), Value: web.LongDate(a.StartsOn, l)}, length, ends}
}

func decisionFacts(r collaboration.Record, l collaboration.Locale) []fact {
	d := r.Decision
	if d == nil {
		return nil
	}
	answer := fact{Label: web.Text(l, "office.fact.decision"), Value: web.Text(l, "decided."+string(d.Outcome)), More: web.Moment(d.At, l)}
	facts := []fact{answer}
	if d.Reason != "" {
		facts = append(facts, fact{Label: web.Text(l, "office.fact.reason"), Value: web.Text(l, "reason."+string(d.Reason)), More: d.Comment})
	}
	if d.TermsVersion != "" {
		facts = append(facts, fact{Label: web.Text(l, "office.fact.terms"), Value: web.Text(l, "page.terms.version", d.TermsVersion)})
	}
	return facts
}
