package api

import (
	"context"
	"strconv"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app"
)

// SolutionView is one solution of the catalogue.
type SolutionView struct {
	ID          string `json:"id" example:"financial-overview"`
	Name        string `json:"name" example:"Financial overview, Budget & Forecast"`
	Description string `json:"description"`
}

func viewSolution(s collaboration.Solution, l collaboration.Locale) SolutionView {
	return SolutionView{ID: s.ID, Name: s.Name.In(l), Description: s.Description.In(l)}
}

// FormView is the form for activating one solution for one customer.
type FormView struct {
	CustomerID     string                     `json:"customer_id" example:"c-1003"`
	CustomerName   string                     `json:"customer_name" example:"Öbergs Snickeri AB"`
	Solution       SolutionView               `json:"solution"`
	Scenario       collaboration.Scenario     `json:"scenario" enum:"has_solution,on_platform,new_customer" doc:"The customer's relation to the platform."`
	Kept           *KeptView                  `json:"kept,omitempty" doc:"The agreement of its own that the customer keeps."`
	Explanation    string                     `json:"explanation" doc:"The effect of Activate, as text for users."`
	LiveActivation collaboration.ActivationID `json:"live_activation,omitempty" doc:"The activation that is already live. A second activation is a conflict."`
	Hindrances     []HindranceView            `json:"hindrances" doc:"The conditions that block Activate; empty if there are none."`
	Fields         []FieldView                `json:"fields" doc:"The fields of the form, in order."`
}

// KeptView is a customer's existing agreement on a solution. The customer keeps it.
type KeptView struct {
	Variant     string             `json:"variant,omitempty" example:"bookkeeping"`
	VariantName string             `json:"variant_name,omitempty" example:"Bookkeeping"`
	RenewsOn    collaboration.Date `json:"renews_on,omitzero" doc:"The date on which the customer's own agreement renews. There is no new charge before it."`
	Text        string             `json:"text" doc:"Text for users."`
}

// viewKept describes the agreement that the customer keeps. The text key is "kept" for
// the office and "page.kept" for the customer.
func viewKept(key string, s collaboration.Solution, variant string, renews collaboration.Date, l collaboration.Locale) *KeptView {
	if !s.KeepsAgreement {
		return nil
	}
	v := KeptView{Variant: variant, RenewsOn: renews, Text: i18n.Text(l, key)}
	if named, ok := s.Variant(variant); ok {
		v.VariantName = named.Name.In(l)
	}
	if !renews.IsZero() {
		v.Text = i18n.Text(l, key+".until", i18n.LongDate(renews, l))
	}
	return &v
}

// HindranceView is one condition that blocks activation.
type HindranceView struct {
	Code    collaboration.Code `json:"code" enum:"no_open_task,administrator_missing"`
	Message string             `json:"message"`
}

// FieldView is one field of a form.
type FieldView struct {
	Name     string       `json:"name" example:"invoice_recipient" doc:"The field's path in the body of POST /v1/activations."`
	Label    string       `json:"label" example:"Invoice recipient"`
	Type     string       `json:"type" enum:"choice,text,email,phone" example:"choice"`
	Required bool         `json:"required"`
	Default  string       `json:"default,omitempty"`
	Choices  []ChoiceView `json:"choices,omitempty"`
	Hint     string       `json:"hint,omitempty"`
}

// ChoiceView is one alternative of a field.
type ChoiceView struct {
	Value string `json:"value" example:"office" doc:"A string. The request sends agreement_months as a number."`
	Label string `json:"label" example:"The office"`
}

func (s *Server) listSolutions(ctx context.Context, _ *struct{}) (*bodyOf[ListView[SolutionView]], error) {
	view := func(sol collaboration.Solution) SolutionView { return viewSolution(sol, request.Locale(ctx)) }
	return &bodyOf[ListView[SolutionView]]{viewList(s.Catalogue.Solutions(), "", view)}, nil
}

type formInput struct {
	CustomerInput
	Solution string `path:"solution" doc:"The solution." example:"financial-overview"`
}

func (s *Server) getForm(ctx context.Context, in *formInput) (*bodyOf[FormView], error) {
	f, err := s.app.Activations.Form(ctx, employeeOf(ctx), in.ID, in.Solution)
	if err != nil {
		return nil, err
	}
	return &bodyOf[FormView]{viewForm(f, request.Locale(ctx))}, nil
}

func viewForm(f app.Form, l collaboration.Locale) FormView {
	v := FormView{
		CustomerID: f.Customer.ID, CustomerName: f.Customer.Name, Solution: viewSolution(f.Solution, l), Scenario: f.Scenario,
		Explanation:    i18n.Text(l, "explain."+string(f.Scenario), f.Solution.Name.In(l)),
		LiveActivation: f.LiveActivation, Hindrances: []HindranceView{},
		Fields: form{f.Customer, f.Solution, f.Scenario, l, f.Today}.fields(),
	}
	if had := f.Subscription; had != nil {
		v.Kept = viewKept("kept", f.Solution, had.Variant, had.RenewsOn, l)
	}
	for _, code := range f.Blockers {
		v.Hindrances = append(v.Hindrances, HindranceView{code, i18n.CodeText(l, code)})
	}
	return v
}

// form lists the fields of a solution's form in a scenario.
type form struct {
	customer collaboration.Customer
	solution collaboration.Solution
	scenario collaboration.Scenario
	locale   collaboration.Locale
	today    collaboration.Date
}

// monthsOffered is the number of start months that the form offers.
const monthsOffered = 12

func (f form) fields() []FieldView {
	var fields []FieldView
	for _, name := range f.solution.Fields[f.scenario] {
		switch name {
		case collaboration.FieldTask:
			fields = append(fields, f.task())
		case collaboration.FieldInvoiceRecipient:
			v := f.choice("invoice_recipient", true, string(f.solution.Payer(f.scenario)))
			v.Choices = f.labelled("payer.", string(collaboration.PaidByOffice), string(collaboration.PaidByCustomer))
			fields = append(fields, v)
		case collaboration.FieldVariant:
			fields = append(fields, f.variant())
		case collaboration.FieldPeriod:
			fields = append(fields, f.period()...)
		case collaboration.FieldAgreementMonths:
			fields = append(fields, f.agreementMonths())
		case collaboration.FieldContact:
			fields = append(fields, f.entry("contact.name", "text"), f.entry("contact.email", "email"), f.entry("contact.phone", "phone"))
		}
	}
	return fields
}

func (f form) choice(name string, required bool, byDefault string) FieldView {
	return FieldView{Name: name, Label: i18n.Text(f.locale, "field."+name), Type: "choice", Required: required, Default: byDefault}
}

func (f form) entry(name, kind string) FieldView {
	return FieldView{Name: name, Label: i18n.Text(f.locale, "field."+name), Type: kind, Required: true}
}

func (f form) labelled(prefix string, values ...string) []ChoiceView {
	var choices []ChoiceView
	for _, v := range values {
		choices = append(choices, ChoiceView{v, i18n.Text(f.locale, prefix+v)})
	}
	return choices
}

func (f form) variant() FieldView {
	v := f.choice("variant", true, "")
	for _, variant := range f.solution.Variants {
		v.Choices = append(v.Choices, ChoiceView{variant.ID, variant.Name.In(f.locale)})
	}
	return v
}

func (f form) task() FieldView {
	v := f.choice("task_id", true, "")
	for _, t := range f.customer.OpenTasks() {
		v.Choices = append(v.Choices, ChoiceView{t.ID, t.Name})
	}
	if len(v.Choices) == 1 {
		v.Default = v.Choices[0].Value
	}
	return v
}

func (f form) period() []FieldView {
	start := f.choice("period.start", false, string(collaboration.OnApproval))
	start.Choices = f.labelled("start.", string(collaboration.OnApproval), string(collaboration.NextMonth), string(collaboration.ChosenMonth))
	month := f.choice("period.month", false, "")
	month.Hint = i18n.Text(f.locale, "hint.period.month")
	for i := range monthsOffered {
		day := f.today.FirstOfNextMonth().AddMonths(i)
		month.Choices = append(month.Choices, ChoiceView{day.String(), i18n.LongDate(day, f.locale)})
	}
	return []FieldView{start, month}
}

func (f form) agreementMonths() FieldView {
	v := f.choice("agreement_months", true, strconv.Itoa(f.solution.DefaultAgreementMonths))
	for _, n := range collaboration.AgreementMonthChoices() {
		v.Choices = append(v.Choices, ChoiceView{strconv.Itoa(n), i18n.Text(f.locale, "months", n)})
	}
	return v
}
