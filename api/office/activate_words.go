package office

import (
	"net/http"
	"slices"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/view"
	"countersign/collaboration"
)

// willDo describes the steps of Activate in the form's scenario.
func (f filledForm) willDo(l collaboration.Locale) []string {
	say := func(key string, args ...any) string { return i18n.Text(l, "office.will."+key, args...) }
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

// paid describes the price and the default invoice recipient of a form that asks for neither
// the variant nor the payer.
func (f filledForm) paid(l collaboration.Locale) string {
	asksPayer := slices.ContainsFunc(f.view.Fields, func(field present.Field) bool { return field.Name == string(collaboration.FieldInvoiceRecipient) })
	if asksPayer || f.view.Price == nil {
		return ""
	}
	return i18n.Text(l, "price.payer", f.view.Price.Text, i18n.Text(l, "payer."+string(f.view.Payer)))
}

// priceFact returns the price of an order or an activation.
func priceFact(p collaboration.Price, l collaboration.Locale) []fact {
	if p == (collaboration.Price{}) {
		return nil
	}
	return []fact{{Label: i18n.Text(l, "office.fact.price"), Value: i18n.Price(p, l), Link: p.Link}}
}

// confirmActivate renders the confirmation page. A status other than 200 is the error of
// the confirmed start; the page then offers a retry.
func (h activatePages) confirmActivate(v *page.Context, f filledForm, o collaboration.Order, status int, nonce string) error {
	names, err := h.employeeNames(v.Context(), o.OfficeID)
	if err != nil {
		return err
	}
	l := v.Locale
	p := confirmPage{Page: v.Page("customers", i18n.Text(l, "office.confirm.title", f.view.Solution.Name, f.view.CustomerName)), Form: f.view, Nonce: nonce,
		Will: h.willExactly(f, o, l), Facts: h.orderFacts(f, o, names, l)}
	p.Filled = append(p.Filled, view.Choice{Value: string(f.view.Scenario), Label: "scenario"})
	for _, name := range fieldNames {
		if value, sent := f.value[name]; sent {
			p.Filled = append(p.Filled, view.Choice{Value: value, Label: name})
		}
	}
	switch status {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		p.Problem = i18n.CodeText(l, collaboration.CodeRateLimited)
	default:
		p.Problem = i18n.Text(l, "office.confirm.again")
	}
	return v.Render(status, "office/confirm", p)
}

// willExactly describes the steps with the names, addresses and dates of an order.
func (h activatePages) willExactly(f filledForm, o collaboration.Order, l collaboration.Locale) []string {
	say := func(key string, args ...any) string { return i18n.Text(l, "office.exactly."+key, args...) }
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
	answerBy := i18n.LongDate(collaboration.DateOf(h.now().Add(o.Rules.OrDefault().InvitationLifetime)), l)
	language := i18n.Text(l, "office.language."+string(o.Locale))
	start := i18n.Text(l, "office.start."+string(o.Period.Start), i18n.LongDate(o.Period.Month, l))
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

// orderFacts returns the details of an order for the confirmation page.
func (h activatePages) orderFacts(f filledForm, o collaboration.Order, names map[string]string, l collaboration.Locale) []fact {
	label := func(key string) string { return i18n.Text(l, "office.fact."+key) }
	task, _ := f.task(o.TaskID)
	facts := []fact{
		{Label: label("customer"), Value: f.view.CustomerName, More: f.customer.OrganisationNumber.Masked()},
		{Label: label("solution"), Value: f.view.Solution.Name},
	}
	solution, _ := h.catalogue.For(o.OfficeID).Solution(o.SolutionID)
	if variant, ok := solution.Variant(o.Variant); ok {
		facts = append(facts, fact{Label: label("variant"), Value: variant.Name.In(l)})
	}
	facts = append(facts, fact{Label: label("task"), Value: task.Name, More: names[task.OwnerID]})
	paid := fact{Label: label("payer"), Value: i18n.Text(l, "payer."+string(o.InvoiceRecipient))}
	if f.view.Kept != nil {
		paid.More = f.view.Kept.Text
	}
	facts = append(append(facts, paid), priceFact(o.Price(), l)...)
	facts = append(facts,
		fact{Label: label("starts"), Value: i18n.Text(l, "office.starts."+string(o.Period.Start), i18n.LongDate(o.Period.Month, l))},
		fact{Label: label("length"), Value: i18n.Text(l, "months", o.AgreementMonths), More: label("length.more")})
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
