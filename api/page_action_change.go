package api

import (
	"slices"
	"strconv"

	"countersign/api/i18n"
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
			return []string{"access", "payer", "length"}
		}
		return []string{"access"}
	},
	fields: changeFields,
	send: func(v *visit, t app.Target) error {
		terms, invalid := v.changedTerms()
		t.Invalid = invalid
		_, err := v.s.app.Changes.ChangeTerms(v.Context(), employeeOf(v.Context()), t, terms)
		return err
	},
}

// changeFields returns the fields of the activation that this employee may change in
// its current state.
func changeFields(on onActivation) []view.Field {
	r, l := on.record, on.locale
	asks := func(f collaboration.Field) bool { return on.solution.Asks(r.Scenario, f) }
	form := form{on.customer, on.solution, r.Scenario, l, on.today}
	fields := []view.Field{on.task(form)}
	ofTerms := on.employee.MayChange(collaboration.Change{AgreementMonths: r.AgreementMonths}, r)
	if asks(collaboration.FieldInvoiceRecipient) && ofTerms {
		fields = append(fields, field("invoice_recipient", "radio", i18n.Text(l, "field.invoice_recipient"), string(r.InvoiceRecipient),
			form.labelled("payer.", string(collaboration.PaidByOffice), string(collaboration.PaidByCustomer))))
	}
	if r.State.IsPending() && asks(collaboration.FieldPeriod) {
		fields = append(fields, on.period(form)...)
	}
	switch months := form.agreementMonths(); {
	case r.State.IsPending() && asks(collaboration.FieldAgreementMonths):
		fields = append(fields, field(months.Name, "radio", months.Label, strconv.Itoa(r.AgreementMonths), months.Choices))
	case r.Agreement != nil && ofTerms:
		next := r.Agreement.Months
		if r.Agreement.NextMonths != 0 {
			next = r.Agreement.NextMonths
		}
		fields = append(fields, field(months.Name, "radio", i18n.Text(l, "do.change.length"), strconv.Itoa(next), months.Choices))
	}
	if r.State.IsPending() {
		fields = append(fields, field("reminders_paused", "radio", i18n.Text(l, "do.change.reminders"), strconv.FormatBool(r.RemindersPaused),
			[]ChoiceView{{"false", i18n.Text(l, "do.change.reminders.go")}, {"true", i18n.Text(l, "do.change.reminders.pause")}}))
	}
	return fields
}

// task returns a choice of the customer's open tasks and the activation's own task.
func (on onActivation) task(f form) view.Field {
	task := f.task()
	if !slices.ContainsFunc(task.Choices, func(c ChoiceView) bool { return c.Value == on.record.TaskID }) {
		task.Choices = append([]ChoiceView{{on.record.TaskID, on.record.TaskName}}, task.Choices...)
	}
	return field(task.Name, "select", task.Label, on.record.TaskID, task.Choices)
}

func (on onActivation) period(f form) []view.Field {
	views, p := f.period(), on.record.Period
	start := field(views[0].Name, "radio", views[0].Label, string(p.Start), views[0].Choices)
	chosen, months := p.Month.String(), views[1].Choices
	if chosen != "" && !slices.ContainsFunc(months, func(c ChoiceView) bool { return c.Value == chosen }) {
		months = append([]ChoiceView{{chosen, i18n.LongDate(p.Month, on.locale)}}, months...)
	}
	month := field(views[1].Name, "select", views[1].Label, chosen, months)
	month.Hint, month.Required, month.When = views[1].Hint, false, views[0].Name+"="+string(collaboration.ChosenMonth)
	return []view.Field{start, month}
}

func field(name, kind, label, value string, choices []ChoiceView) view.Field {
	f := view.Field{Name: name, Type: kind, Label: label, Value: value, Required: true}
	for _, c := range choices {
		f.Choices = append(f.Choices, view.Choice{Value: c.Value, Label: c.Label})
	}
	return f
}

// changedTerms returns the fields that the user edited and the fields that do not parse.
func (v *visit) changedTerms() (terms collaboration.Change, invalid []collaboration.FieldError) {
	form := v.formReader()
	changed := func(name string) bool { return v.FormValue(name) != v.FormValue("was."+name) }
	if changed("task_id") {
		terms.TaskID = form.text("task_id")
	}
	if changed("invoice_recipient") {
		terms.InvoiceRecipient = collaboration.InvoiceRecipient(form.text("invoice_recipient"))
	}
	if changed("agreement_months") {
		if terms.AgreementMonths = form.number("agreement_months"); v.FormValue("agreement_months") == "" {
			form.reject("agreement_months")
		}
	}
	if changed("reminders_paused") {
		paused := v.FormValue("reminders_paused") == "true"
		terms.RemindersPaused = &paused
	}
	monthChosen := v.FormValue("period.start") == string(collaboration.ChosenMonth)
	if changed("period.start") || monthChosen && changed("period.month") {
		period := form.period(monthChosen)
		terms.Period = &period
	}
	return terms, form.invalid
}

// period returns the start of the agreement; the month only if one is chosen.
func (f *formReader) period(monthChosen bool) collaboration.Period {
	p := collaboration.Period{Start: collaboration.StartRule(f.text("period.start"))}
	if monthChosen {
		p.Month = f.date("period.month")
	}
	return p
}
