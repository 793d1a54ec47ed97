package api

import (
	"context"
	"strconv"

	"countersign/api/web"
	"countersign/collaboration"
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
	Kept           *KeptView                  `json:"kept,omitempty" doc:"What the customer already has of this solution, and keeps."`
	Explanation    string                     `json:"explanation" doc:"What Activate will do, for people."`
	LiveActivation collaboration.ActivationID `json:"live_activation,omitempty" doc:"The activation that is already live; a second one would be refused."`
	Hindrances     []HindranceView            `json:"hindrances" doc:"What must be mended before Activate can work; empty where nothing is."`
	Fields         []FieldView                `json:"fields" doc:"What to fill in, in order."`
}

// KeptView is what a customer keeps when it shares a solution it already has.
type KeptView struct {
	Variant     string             `json:"variant,omitempty" example:"bookkeeping"`
	VariantName string             `json:"variant_name,omitempty" example:"Bookkeeping"`
	RenewsOn    collaboration.Date `json:"renews_on,omitzero" doc:"When its own agreement renews: nothing new is paid until then."`
	Text        string             `json:"text" doc:"For people."`
}

// viewKept says it to the office with the text "kept", to the customer with
// "page.kept".
func viewKept(key string, s collaboration.Solution, variant string, renews collaboration.Date, l collaboration.Locale) *KeptView {
	if !s.KeepsAgreement {
		return nil
	}
	v := KeptView{Variant: variant, RenewsOn: renews, Text: web.Text(l, key)}
	if named, ok := s.Variant(variant); ok {
		v.VariantName = named.Name.In(l)
	}
	if !renews.IsZero() {
		v.Text = web.Text(l, key+".until", web.LongDate(renews, l))
	}
	return &v
}

// HindranceView is one thing in the way.
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
	Value string `json:"value" example:"office" doc:"As text; agreement_months is sent as a number."`
	Label string `json:"label" example:"The office"`
}

func (s *Server) listSolutions(ctx context.Context, _ *struct{}) (*bodyOf[ListView[SolutionView]], error) {
	view := func(sol collaboration.Solution) SolutionView { return viewSolution(sol, localeOf(ctx)) }
	return &bodyOf[ListView[SolutionView]]{viewList(s.Catalogue.Solutions(), "", view)}, nil
}

type formInput struct {
	CustomerInput
	Solution string `path:"solution" doc:"The solution." example:"financial-overview"`
}

func (s *Server) getForm(ctx context.Context, in *formInput) (*bodyOf[FormView], error) {
	office := employeeOf(ctx).OfficeID
	c, err := s.customer(ctx, office, in.ID)
	if err != nil {
		return nil, err
	}
	solution, ok := s.Catalogue.Solution(in.Solution)
	if !ok {
		return nil, &collaboration.Error{Code: collaboration.CodeSolutionNotFound}
	}
	live, err := s.liveActivation(ctx, office, c.ID, solution.ID)
	if err != nil {
		return nil, err
	}
	l, scenario := localeOf(ctx), c.Scenario(solution.ID)
	return &bodyOf[FormView]{FormView{
		CustomerID: c.ID, CustomerName: c.Name, Solution: viewSolution(solution, l), Scenario: scenario,
		Explanation:    web.Text(l, "explain."+string(scenario), solution.Name.In(l)),
		Kept:           keptBy(c, solution, l),
		LiveActivation: live, Hindrances: hindrances(c, scenario, l),
		Fields: form{c, solution, scenario, l, collaboration.DateOf(s.Now())}.fields(),
	}}, nil
}

func keptBy(c collaboration.Customer, s collaboration.Solution, l collaboration.Locale) *KeptView {
	had, ok := c.Subscription(s.ID)
	if !ok {
		return nil
	}
	return viewKept("kept", s, had.Variant, had.RenewsOn, l)
}

func (s *Server) liveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.ActivationID, error) {
		return s.Facts.LiveActivation(ctx, officeID, customerID, solutionID)
	})
}

func hindrances(c collaboration.Customer, sc collaboration.Scenario, l collaboration.Locale) []HindranceView {
	found := []HindranceView{}
	add := func(code collaboration.Code) { found = append(found, HindranceView{code, code.Text(l)}) }
	if len(c.OpenTasks()) == 0 {
		add(collaboration.CodeNoOpenTask)
	}
	if _, ok := c.MainContact(); !ok && !sc.CreatesAdministrator() {
		add(collaboration.CodeAdministratorMissing)
	}
	return found
}

// form lists what a solution asks for in a scenario.
type form struct {
	customer collaboration.Customer
	solution collaboration.Solution
	scenario collaboration.Scenario
	locale   collaboration.Locale
	today    collaboration.Date
}

// monthsOffered is how many coming firsts of a month the form offers.
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
	return FieldView{Name: name, Label: web.Text(f.locale, "field."+name), Type: "choice", Required: required, Default: byDefault}
}

func (f form) entry(name, kind string) FieldView {
	return FieldView{Name: name, Label: web.Text(f.locale, "field."+name), Type: kind, Required: true}
}

func (f form) labelled(prefix string, values ...string) []ChoiceView {
	var choices []ChoiceView
	for _, v := range values {
		choices = append(choices, ChoiceView{v, web.Text(f.locale, prefix+v)})
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
	month.Hint = web.Text(f.locale, "hint.period.month")
	for i := range monthsOffered {
		day := f.today.FirstOfNextMonth().AddMonths(i)
		month.Choices = append(month.Choices, ChoiceView{day.String(), web.LongDate(day, f.locale)})
	}
	return []FieldView{start, month}
}

func (f form) agreementMonths() FieldView {
	v := f.choice("agreement_months", true, strconv.Itoa(f.solution.DefaultAgreementMonths))
	for _, n := range collaboration.AgreementMonthChoices() {
		v.Choices = append(v.Choices, ChoiceView{strconv.Itoa(n), web.Text(f.locale, "months", n)})
	}
	return v
}
