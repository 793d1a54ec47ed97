package office

import (
	"cmp"
	"slices"
	"strings"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/collaboration"
)

// nowOf describes the status of an activation in one sentence.
func nowOf(r collaboration.Activation, l collaboration.Locale) string {
	say := func(key string, args ...any) string { return i18n.Text(l, "office.now."+key, args...) }
	switch a := r.Agreement; r.State {
	case collaboration.AwaitingApproval:
		return say("awaiting_approval", cmp.Or(r.InvitedName, r.CustomerName), i18n.Moment(r.ExpiresAt, l))
	case collaboration.Active:
		switch {
		case a == nil:
			return say("active")
		case a.WillStart():
			return say("active.starts", i18n.LongDate(a.StartsOn, l))
		case a.IsTerminated():
			return say("active.ends", i18n.LongDate(a.FinalDay(), l))
		}
		return say("active.renews", i18n.LongDate(a.LastDay(), l))
	case collaboration.Ended:
		return say("ended", i18n.LongDate(r.LastDay(), l))
	}
	return say(string(r.State))
}

// problemsOf returns the problems of an activation that the office must solve.
func problemsOf(r collaboration.Activation, actions []action, l collaboration.Locale) []remedy {
	var all []remedy
	if r.State == collaboration.Failed {
		m := remedy{Text: i18n.CodeText(l, r.FailureCode), Do: i18n.Text(l, "office.failed.do"), Link: i18n.Text(l, "action.again"),
			Path: formPage(r)}
		if own := "office.failed." + string(r.FailureCode); i18n.Has(l, own) {
			m.Do = i18n.Text(l, own)
		}
		all = append(all, m)
	}
	if trouble := "office.trouble." + string(r.Delivery); r.State.IsPending() && i18n.Has(l, trouble) {
		m := remedy{Text: i18n.Text(l, trouble, r.InvitedEmail), Do: i18n.Text(l, trouble+".do")}
		correct := slices.IndexFunc(actions, func(a action) bool { return a.Name == "correct" })
		if r.Delivery == collaboration.DeliveryBounced && correct >= 0 {
			m.Path, m.Link = actions[correct].Path, i18n.Text(l, "action.correct")
		} else if r.Delivery == collaboration.DeliveryBounced {
			m.Path, m.Link = "/customers/"+r.CustomerID+"/contacts/"+r.InvitedID, i18n.Text(l, "office.trouble.bounced.people")
			m.Do = i18n.Text(l, "office.trouble.bounced.people.do")
		}
		all = append(all, m)
	}
	if !r.AskedAgainAt.IsZero() && !r.State.IsLive() {
		all = append(all, remedy{Text: i18n.Text(l, "office.asked_again", r.CustomerName, i18n.Moment(r.AskedAgainAt, l)), Do: i18n.Text(l, "office.asked_again.do"),
			Link: i18n.Text(l, "action.again"), Path: formPage(r) + "?again=" + string(r.ID)})
	}
	for _, i := range r.Invited { // the others received the invitation
		if r.State.IsPending() && r.Delivery != collaboration.DeliveryBounced && i.Delivery == collaboration.DeliveryBounced {
			all = append(all, remedy{Text: i18n.Text(l, "office.trouble.bounced", i.Email), Do: i18n.Text(l, "office.trouble.bounced.one")})
		}
	}
	return all
}

// recordFacts returns the terms of an activation, the delivery status of its mail, and
// the customer's decision.
func recordFacts(r collaboration.Activation, solution collaboration.Solution, l collaboration.Locale) []fact {
	label := func(key string) string { return i18n.Text(l, "office.fact."+key) }
	facts := []fact{{Label: label("requested"), Value: cmp.Or(i18n.ActorName(l, r.RequestedBy, r.RequestedByName), i18n.Text(l, "office.by.gone")), More: i18n.Moment(r.RequestedAt, l)}}
	facts = append(facts, invitedFacts(r, l)...)
	if delivery := "delivery." + string(r.Delivery); i18n.Has(l, delivery) && r.State.IsPending() {
		mail := fact{Label: label("mail"), Value: i18n.Text(l, delivery)}
		if !r.SentAt.IsZero() {
			mail.More = i18n.Moment(r.SentAt, l)
		}
		facts = append(facts, mail)
	}
	facts = append(facts, fact{Label: label("task"), Value: cmp.Or(r.TaskName, r.TaskID), More: r.TaskOwnerName})
	if variant, ok := solution.Variant(r.Variant); ok {
		facts = append(facts, fact{Label: label("variant"), Value: variant.Name.In(l)})
	}
	paid := fact{Label: label("payer"), Value: i18n.Text(l, "payer."+string(r.InvoiceRecipient))}
	if r.Scenario == collaboration.HasSolution {
		if kept := present.NewKept("kept", solution, r.Variant, r.KeptUntil, l); kept != nil {
			paid.More = kept.Text
		}
	}
	facts = append(append(facts, paid), priceFact(r.Price(), l)...)
	facts = append(facts, agreementFacts(r, l)...)
	if text := page.EndPolicyText(r, solution, l); text != "" {
		facts = append(facts, fact{Label: i18n.Text(l, "do.fact.on_end"), Value: text})
	}
	return append(facts, decisionFacts(r, l)...)
}

// invitedFacts returns the recipients of the invitation. Each of several has the status of
// its own mail.
func invitedFacts(r collaboration.Activation, l collaboration.Locale) []fact {
	label := i18n.Text(l, "office.fact.invited")
	if len(r.Invited) < 2 {
		if r.InvitedName == "" {
			return nil
		}
		return []fact{{Label: label, Value: r.InvitedName, More: r.InvitedEmail}}
	}
	var all []fact
	for _, i := range r.Invited {
		f := fact{Label: label, Value: cmp.Or(i.Name, i18n.Text(l, "office.by.gone")), More: i.Email}
		if delivery := "delivery." + string(i.Delivery); r.State.IsPending() && i18n.Has(l, delivery) {
			f.More = strings.Trim(f.More+" · "+i18n.Text(l, delivery), " ·")
		}
		all = append(all, f)
	}
	return all
}

// agreementFacts returns the start and the agreement period: requested ones before the
// approval, agreed ones after it.
func agreementFacts(r collaboration.Activation, l collaboration.Locale) []fact {
	label := func(key string) string { return i18n.Text(l, "office.fact."+key) }
	length := fact{Label: label("length"), Value: i18n.Text(l, "months", r.AgreementMonths), More: label("length.more")}
	a := r.Agreement
	if a == nil {
		return []fact{{Label: label("starts"), Value: i18n.Text(l, "office.starts."+string(r.Period.Start), i18n.LongDate(r.Period.Month, l))}, length}
	}
	length.Value, length.More = i18n.Text(l, "months", a.Months), ""
	if a.NextMonths != 0 {
		length.More = i18n.Text(l, "office.fact.length.next", a.NextMonths)
	}
	ends := fact{Label: label("renews"), Value: i18n.LongDate(a.EndsOn(), l)}
	if a.IsTerminated() {
		ends = fact{Label: label("ends"), Value: i18n.LongDate(a.FinalDay(), l)}
	}
	if !r.EndedAt.IsZero() {
		ends = fact{Label: label("ended"), Value: i18n.Moment(r.EndedAt, l)}
	}
	return []fact{{Label: label("starts"), Value: i18n.LongDate(a.StartsOn, l)}, length, ends}
}

func decisionFacts(r collaboration.Activation, l collaboration.Locale) []fact {
	d := r.Decision
	if d == nil {
		return nil
	}
	answer := fact{Label: i18n.Text(l, "office.fact.decision"), Value: i18n.Text(l, "decided."+string(d.Outcome)), More: i18n.Moment(d.At, l)}
	facts := []fact{answer}
	if d.Reason != "" {
		facts = append(facts, fact{Label: i18n.Text(l, "office.fact.reason"), Value: i18n.Text(l, "reason."+string(d.Reason)), More: d.Comment})
	}
	if d.Login != nil {
		strength := slices.DeleteFunc(append([]string{d.Login.Issuer, d.Login.ACR}, d.Login.AMR...), func(s string) bool { return s == "" })
		facts = append(facts, fact{Label: i18n.Text(l, "office.fact.login"), Value: cmp.Or(d.Login.Email, i18n.Text(l, "office.by.gone")), More: strings.Join(strength, " · ")})
	}
	if d.Offer != nil {
		facts = append(facts, fact{Label: i18n.Text(l, "office.fact.terms"), Value: i18n.Text(l, "page.terms.version", d.Offer.TermsVersion)})
	}
	return facts
}
