package api

import (
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// willDo is what Activate does in the form's scenario, step by step.
func (f filledForm) willDo(l collaboration.Locale) []string {
	say := func(key string, args ...any) string { return web.Text(l, "office.will."+key, args...) }
	will := []string{say("task")}
	if f.view.Scenario.ActivatesSolution() {
		will = append(will, say("solution", f.view.Solution.Name, f.view.CustomerName))
	}
	if f.view.Scenario.CreatesAdministrator() {
		will = append(will, say("administrator"))
	}
	to := say("contact")
	if a, ok := f.customer.MainContact(); ok {
		to = say("person", a.Name, a.Email)
	}
	return append(will, say("mail."+string(f.view.Scenario), to), say("approval"))
}

// confirmActivate says what exactly will happen. With an error's status it
// comes back, because the click could not be carried out.
func (s *Server) confirmActivate(v *visit, f filledForm, o collaboration.Order, status int, nonce string) error {
	names, err := s.employeeNames(v.ctx(), o.OfficeID)
	if err != nil {
		return err
	}
	l := v.locale
	p := confirmPage{Page: v.page("customers", web.Text(l, "office.confirm.title", f.view.Solution.Name, f.view.CustomerName)), FormView: f.view, Nonce: nonce,
		Will: s.willExactly(f, o, l), Facts: s.orderFacts(f, o, names, l)}
	p.Filled = append(p.Filled, web.Choice{Value: string(f.view.Scenario), Label: "scenario"})
	for _, name := range fieldNames {
		if value, sent := f.value[name]; sent {
			p.Filled = append(p.Filled, web.Choice{Value: value, Label: name})
		}
	}
	switch status {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		p.Problem = collaboration.CodeRateLimited.Text(l)
	default:
		p.Problem = web.Text(l, "office.confirm.again")
	}
	return v.show(status, "office/confirm", p)
}

// willExactly is willDo with the names, addresses and dates of an order.
func (s *Server) willExactly(f filledForm, o collaboration.Order, l collaboration.Locale) []string {
	say := func(key string, args ...any) string { return web.Text(l, "office.exactly."+key, args...) }
	task, _ := f.task(o.TaskID)
	will := []string{say("task", task.Name)}
	if o.Scenario.ActivatesSolution() {
		will = append(will, say("solution", f.view.Solution.Name, f.view.CustomerName))
	}
	to, _ := f.customer.MainContact()
	if o.Contact != nil {
		to.Name, to.Email = o.Contact.Name, o.Contact.Email
		will = append(will, say("administrator", o.Contact.Name, o.Contact.Phone))
	}
	answerBy := web.LongDate(collaboration.DateOf(s.Now().Add(collaboration.InvitationLifetime)), l)
	language := web.Text(l, "office.language."+string(o.Locale))
	start := web.Text(l, "office.start."+string(o.Period.Start), web.LongDate(o.Period.Month, l))
	paid := say("payer." + string(o.InvoiceRecipient))
	if f.view.Kept != nil {
		paid = say("kept."+string(o.InvoiceRecipient), f.view.Kept.Text)
	}
	return append(will,
		say("mail."+string(o.Scenario), to.Name, to.Email, language),
		say("answer", answerBy),
		say("agreement", start, o.AgreementMonths),
		paid)
}

// orderFacts are the details that were chosen, or follow from the scenario.
func (s *Server) orderFacts(f filledForm, o collaboration.Order, names map[string]string, l collaboration.Locale) []fact {
	label := func(key string) string { return web.Text(l, "office.fact."+key) }
	task, _ := f.task(o.TaskID)
	facts := []fact{
		{Label: label("customer"), Value: f.view.CustomerName, More: f.customer.OrganisationNumber.Masked()},
		{Label: label("solution"), Value: f.view.Solution.Name},
	}
	solution, _ := s.Catalogue.Solution(o.SolutionID)
	if variant, ok := solution.Variant(o.Variant); ok {
		facts = append(facts, fact{Label: label("variant"), Value: variant.Name.In(l)})
	}
	facts = append(facts, fact{Label: label("task"), Value: task.Name, More: names[task.OwnerID]})
	paid := fact{Label: label("payer"), Value: web.Text(l, "payer."+string(o.InvoiceRecipient))}
	if f.view.Kept != nil {
		paid.More = f.view.Kept.Text
	}
	facts = append(facts, paid,
		fact{Label: label("starts"), Value: web.Text(l, "office.starts."+string(o.Period.Start), web.LongDate(o.Period.Month, l))},
		fact{Label: label("length"), Value: web.Text(l, "months", o.AgreementMonths), More: label("length.more")})
	if c := o.Contact; c != nil {
		facts = append(facts, fact{Label: label("administrator"), Value: c.Name, More: c.Email + ", " + c.Phone})
	} else if a, ok := f.customer.MainContact(); ok {
		facts = append(facts, fact{Label: label("invited"), Value: a.Name, More: a.Email})
	}
	return facts
}

func (f filledForm) task(id string) (collaboration.Task, bool) {
	for _, t := range f.customer.Tasks {
		if t.ID == id {
			return t, true
		}
	}
	return collaboration.Task{}, false
}
