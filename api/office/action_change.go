package office

import (
	"slices"
	"strconv"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// changeForm changes the terms of a pending invitation or a running collaboration.
var changeForm = actionForm{
	name: "change", command: collaboration.CommandChange,
	happens: func(on onActivation) []string {
		switch {
		case on.record.State.IsPending():
			return []string{"asked_anew", "quietly"}
		case on.employee.Role == collaboration.RoleManager:
			return []string{"access", "proposed", "office_pays"}
		}
		return []string{"access"}
	},
	fields: changeFields,
	send: func(h pages, v *page.Context, t app.Target) error {
		terms, invalid := changedTerms(v)
		t.Invalid = invalid
		_, err := h.app.Changes.ChangeTerms(v.Context(), request.Employee(v.Context()), t, terms)
		return err
	},
}

// changeFields returns the fields of the activation that this employee may change in
// its current state.
func changeFields(on onActivation) []view.Field {
	r, l := on.record, on.locale
	asks := func(f collaboration.Field) bool { return on.solution.Asks(r.Scenario, f) }
	form := present.Fields{Customer: on.customer, Solution: on.solution, Scenario: r.Scenario, Prices: r.Prices, Locale: l, Today: on.today}
	fields := []view.Field{on.task(form)}
	ofTerms := on.employee.MayChange(collaboration.Change{AgreementMonths: r.AgreementMonths}, r)
	if asks(collaboration.FieldInvoiceRecipient) && ofTerms {
		fields = append(fields, field("invoice_recipient", "radio", i18n.Text(l, "field.invoice_recipient"), string(r.InvoiceRecipient),
			form.Payers()))
	}
	if r.State.IsPending() && asks(collaboration.FieldPeriod) {
		fields = append(fields, on.period(form)...)
	}
	switch months := form.AgreementMonths(); {
	case r.State.IsPending() && asks(collaboration.FieldAgreementMonths):
		fields = append(fields, field(months.Name, "radio", months.Label, strconv.Itoa(r.AgreementMonths), months.Choices))
	case r.Agreement != nil && ofTerms:
		if variant := form.Variant(); len(variant.Choices) > 0 {
			fields = append(fields, field(variant.Name, "select", variant.Label, r.Variant, variant.Choices))
		}
		next := r.Agreement.Months
		if r.Agreement.NextMonths != 0 {
			next = r.Agreement.NextMonths
		}
		fields = append(fields, field(months.Name, "radio", i18n.Text(l, "do.change.length"), strconv.Itoa(next), months.Choices))
	}
	if r.State.IsPending() {
		fields = append(fields, field("reminders_paused", "radio", i18n.Text(l, "do.change.reminders"), strconv.FormatBool(r.RemindersPaused),
			[]present.Choice{{Value: "false", Label: i18n.Text(l, "do.change.reminders.go")}, {Value: "true", Label: i18n.Text(l, "do.change.reminders.pause")}}))
	}
	return fields
}

// task returns a choice of the customer's open tasks and the activation's own task.
func (on onActivation) task(f present.Fields) view.Field {
	task := f.Task()
	if !slices.ContainsFunc(task.Choices, func(c present.Choice) bool { return c.Value == on.record.TaskID }) {
		task.Choices = append([]present.Choice{{Value: on.record.TaskID, Label: on.record.TaskName}}, task.Choices...)
	}
	return field(task.Name, "select", task.Label, on.record.TaskID, task.Choices)
}

func (on onActivation) period(f present.Fields) []view.Field {
	views, p := f.Period(), on.record.Period
	start := field(views[0].Name, "radio", views[0].Label, string(p.Start), views[0].Choices)
	chosen, months := p.Month.String(), views[1].Choices
	if chosen != "" && !slices.ContainsFunc(months, func(c present.Choice) bool { return c.Value == chosen }) {
		months = append([]present.Choice{{Value: chosen, Label: i18n.LongDate(p.Month, on.locale)}}, months...)
	}
	month := field(views[1].Name, "select", views[1].Label, chosen, months)
	month.Hint, month.Required, month.When = views[1].Hint, false, views[0].Name+"="+string(collaboration.ChosenMonth)
	return []view.Field{start, month}
}

func field(name, kind, label, value string, choices []present.Choice) view.Field {
	f := view.Field{Name: name, Type: kind, Label: label, Value: value, Required: true}
	for _, c := range choices {
		choice := view.Choice{Value: c.Value, Label: c.Label}
		if c.Price != nil {
			choice.More = c.Price.Text
		}
		f.Choices = append(f.Choices, choice)
	}
	return f
}

// changedTerms returns the fields that the user edited and the fields that do not parse.
func changedTerms(v *page.Context) (terms collaboration.Change, invalid []collaboration.FieldError) {
	form := page.NewFormReader(v.FormValue)
	changed := func(name string) bool { return v.FormValue(name) != v.FormValue("was."+name) }
	if changed("task_id") {
		terms.TaskID = form.Text("task_id")
	}
	if changed("invoice_recipient") {
		terms.InvoiceRecipient = collaboration.InvoiceRecipient(form.Text("invoice_recipient"))
	}
	if changed("variant") {
		terms.Variant = form.Text("variant")
	}
	if changed("agreement_months") {
		if terms.AgreementMonths = form.Number("agreement_months"); v.FormValue("agreement_months") == "" {
			form.Reject("agreement_months")
		}
	}
	if changed("reminders_paused") {
		paused := v.FormValue("reminders_paused") == "true"
		terms.RemindersPaused = &paused
	}
	monthChosen := v.FormValue("period.start") == string(collaboration.ChosenMonth)
	if changed("period.start") || monthChosen && changed("period.month") {
		period := readPeriod(form, monthChosen)
		terms.Period = &period
	}
	return terms, form.Invalid
}

// readPeriod returns the start of the agreement; the month only if one is chosen.
func readPeriod(f *page.FormReader, monthChosen bool) collaboration.Period {
	p := collaboration.Period{Start: collaboration.StartRule(f.Text("period.start"))}
	if monthChosen {
		p.Month = f.Date("period.month")
	}
	return p
}
