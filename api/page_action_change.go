package api

import (
	"slices"
	"strconv"

	"countersign/api/web"
	"countersign/collaboration"
)

// changeForm changes what is sent along with a pending invitation, or a running
// collaboration.
var changeForm = actionForm{
	name: "change", tooLate: collaboration.CodeNotPending,
	fits: func(on onActivation) bool { return on.record.State.Live() },
	happens: func(on onActivation) []string {
		switch {
		case on.record.State.Pending():
			return []string{"asked_anew", "quietly"}
		case on.employee.Role == collaboration.RoleManager:
			return []string{"access", "payer", "length"}
		}
		return []string{"access"}
	},
	fields: changeFields,
	send: func(v *visit, in ChangeInput) error {
		_, err := v.s.changeActivation(v.ctx(), &patchInput{in, v.changes()})
		return err
	},
}

// changeFields are those of the activation's own form that may be changed now,
// by this employee.
func changeFields(on onActivation) []web.Field {
	r, l := on.record, on.locale
	asks := func(f collaboration.Field) bool { return on.solution.Asks(r.Scenario, f) }
	form := form{on.customer, on.solution, r.Scenario, l, on.today}
	fields := []web.Field{on.task(form)}
	ofTerms := on.employee.MayChange(collaboration.Change{AgreementMonths: r.AgreementMonths}, r)
	if asks(collaboration.FieldInvoiceRecipient) && ofTerms {
		fields = append(fields, field("invoice_recipient", "radio", web.Text(l, "field.invoice_recipient"), string(r.InvoiceRecipient),
			form.labelled("payer.", string(collaboration.PaidByOffice), string(collaboration.PaidByCustomer))))
	}
	if r.State.Pending() && asks(collaboration.FieldPeriod) {
		fields = append(fields, on.period(form)...)
	}
	switch months := form.agreementMonths(); {
	case r.State.Pending() && asks(collaboration.FieldAgreementMonths):
		fields = append(fields, field(months.Name, "radio", months.Label, strconv.Itoa(r.AgreementMonths), months.Choices))
	case r.Agreement != nil && ofTerms:
		next := r.Agreement.Months
		if r.Agreement.NextMonths != 0 {
			next = r.Agreement.NextMonths
		}
		fields = append(fields, field(months.Name, "radio", web.Text(l, "do.change.length"), strconv.Itoa(next), months.Choices))
	}
	if r.State.Pending() {
		fields = append(fields, field("reminders_paused", "radio", web.Text(l, "do.change.reminders"), strconv.FormatBool(r.RemindersPaused),
			[]ChoiceView{{"false", web.Text(l, "do.change.reminders.go")}, {"true", web.Text(l, "do.change.reminders.pause")}}))
	}
	return fields
}

// task is a choice of the customer's open tasks, and the one that it is on.
func (on onActivation) task(f form) web.Field {
	task := f.task()
	if !slices.ContainsFunc(task.Choices, func(c ChoiceView) bool { return c.Value == on.record.TaskID }) {
		task.Choices = append([]ChoiceView{{on.record.TaskID, on.record.TaskName}}, task.Choices...)
	}
	return field(task.Name, "select", task.Label, on.record.TaskID, task.Choices)
}

func (on onActivation) period(f form) []web.Field {
	views, p := f.period(), on.record.Period
	start := field(views[0].Name, "radio", views[0].Label, string(p.Start), views[0].Choices)
	chosen, months := p.Month.String(), views[1].Choices
	if chosen != "" && !slices.ContainsFunc(months, func(c ChoiceView) bool { return c.Value == chosen }) {
		months = append([]ChoiceView{{chosen, web.LongDate(p.Month, on.locale)}}, months...)
	}
	month := field(views[1].Name, "select", views[1].Label, chosen, months)
	month.Hint, month.Required, month.When = views[1].Hint, false, views[0].Name+"="+string(collaboration.ChosenMonth)
	return []web.Field{start, month}
}

func field(name, kind, label, value string, choices []ChoiceView) web.Field {
	f := web.Field{Name: name, Type: kind, Label: label, Value: value, Required: true}
	for _, c := range choices {
		f.Choices = append(f.Choices, web.Choice{Value: c.Value, Label: c.Label})
	}
	return f
}

// changes is the JSON of what somebody touched: what was not touched is not
// asked for.
func (v *visit) changes() []byte {
	touched := func(name string) bool { return v.posted(name) != v.posted("was."+name) }
	body := map[string]any{}
	for _, name := range []string{"task_id", "invoice_recipient"} {
		if touched(name) {
			body[name] = v.posted(name)
		}
	}
	if touched("agreement_months") {
		body["agreement_months"] = v.posted("agreement_months")
		if n, err := strconv.Atoi(v.posted("agreement_months")); err == nil {
			body["agreement_months"] = n
		}
	}
	if touched("reminders_paused") {
		body["reminders_paused"] = v.posted("reminders_paused") == "true"
	}
	chosen := v.posted("period.start") == string(collaboration.ChosenMonth)
	if touched("period.start") || chosen && touched("period.month") {
		period := map[string]any{"start": v.posted("period.start")}
		if chosen && v.posted("period.month") != "" {
			period["month"] = v.posted("period.month")
		}
		body["period"] = period
	}
	return encoded(body)
}
