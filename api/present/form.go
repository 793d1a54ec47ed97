package present

import (
	"cmp"
	"strconv"

	"countersign/api/i18n"
	"countersign/collaboration"
	"countersign/internal/app"
)

// Form is the form for activating one solution for one customer.
type Form struct {
	CustomerID     string                         `json:"customer_id" example:"c-1003"`
	CustomerName   string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	Solution       Solution                       `json:"solution"`
	Scenario       collaboration.Scenario         `json:"scenario" doc:"The customer's relation to the platform."`
	Payer          collaboration.InvoiceRecipient `json:"default_invoice_recipient" doc:"The invoice recipient of a form without the field."`
	Kept           *Kept                          `json:"kept,omitempty" doc:"The agreement of its own that the customer keeps."`
	Explanation    string                         `json:"explanation" doc:"The effect of Activate, as text for users."`
	LiveActivation collaboration.ActivationID     `json:"live_activation,omitempty" doc:"The activation that is already live. A second activation is a conflict."`
	Hindrances     []Hindrance                    `json:"hindrances" doc:"The conditions that block Activate; empty if there are none."`
	Fields         []Field                        `json:"fields" doc:"The fields of the form, in order."`
	Price          *Price                         `json:"price,omitempty" doc:"What the invoice recipient pays. Absent if the choices of the field variant or invoice_recipient have prices."`
}

// Hindrance is one condition that blocks activation.
type Hindrance struct {
	Code    collaboration.Code `json:"code" enum:"customer_archived,no_open_task,administrator_missing"`
	Message string             `json:"message"`
}

// Field is one field of a form.
type Field struct {
	Name     string   `json:"name" example:"invoice_recipient" doc:"The field's path in the body of POST /v1/activations."`
	Label    string   `json:"label" example:"Invoice recipient"`
	Type     string   `json:"type" enum:"choice,text,email,phone" example:"choice"`
	Required bool     `json:"required"`
	Default  string   `json:"default,omitempty"`
	Choices  []Choice `json:"choices,omitempty"`
	Hint     string   `json:"hint,omitempty"`
}

// Choice is one alternative of a field.
type Choice struct {
	Value string `json:"value" example:"office" doc:"A string. The request sends agreement_months as a number."`
	Label string `json:"label" example:"The office"`
	Price *Price `json:"price,omitempty" doc:"The price of a variant; that of an invoice recipient in a form without variants, if it depends on that."`
	// PriceByPayer replaces Price.
	PriceByPayer *PayerPrices `json:"price_by_payer,omitempty" doc:"The price of a variant for each invoice recipient; instead of price, if it depends on that."`
}

// NewForm presents a form in the language.
func NewForm(f app.Form, l collaboration.Locale) Form {
	v := Form{
		CustomerID: f.Customer.ID, CustomerName: f.Customer.Name, Solution: NewSolution(f.Solution, l), Scenario: f.Scenario,
		Payer:          f.Solution.Payer(f.Scenario),
		Explanation:    i18n.Text(l, "explain."+string(f.Scenario), f.Solution.Name.In(l)),
		LiveActivation: f.LiveActivation, Hindrances: []Hindrance{},
	}
	variant := ""
	if had := f.Subscription; had != nil {
		if f.Solution.KeepsAgreement {
			variant = had.Variant
		}
		v.Kept = NewKept("kept", f.Solution, had.Variant, had.RenewsOn, l)
	}
	fields := Fields{Customer: f.Customer, Solution: f.Solution, Scenario: f.Scenario, InvoiceRecipient: f.InvoiceRecipient, Locale: l, Today: f.Today}
	asksVariant := f.Solution.Asks(f.Scenario, collaboration.FieldVariant)
	if !asksVariant {
		fields.Prices = f.Solution.PricesOf(variant)
		v.Price = fields.price(fields.Prices)
	}
	v.Fields = fields.All()
	if asksVariant || v.Price != nil {
		v.priceHint(l)
	}
	for _, code := range f.Blockers {
		v.Hindrances = append(v.Hindrances, Hindrance{code, i18n.CodeText(l, code)})
	}
	return v
}

// priceHint adds the price to the choice of the invoice recipient.
func (f *Form) priceHint(l collaboration.Locale) {
	for i := range f.Fields {
		switch field := &f.Fields[i]; {
		case field.Name != string(collaboration.FieldInvoiceRecipient):
		case f.Price != nil:
			field.Hint = i18n.Text(l, "hint.price", f.Price.Text)
		default:
			field.Hint = i18n.Text(l, "hint.price.variant")
		}
	}
}

// Fields makes the fields of a solution's form in a scenario.
type Fields struct {
	Customer collaboration.Customer
	Solution collaboration.Solution
	Scenario collaboration.Scenario
	// InvoiceRecipient is suggested instead of the solution's default; "" for that.
	InvoiceRecipient collaboration.InvoiceRecipient
	// Prices are shown with the invoice recipients if they differ; zero for a form with variants.
	Prices collaboration.PayerPrices
	Locale collaboration.Locale
	Today  collaboration.Date
}

// monthsOffered is the number of start months that the form offers.
const monthsOffered = 12

// All returns the fields that the catalogue asks for, in order.
func (f Fields) All() []Field {
	var fields []Field
	for _, name := range f.Solution.Fields[f.Scenario] {
		switch name {
		case collaboration.FieldTask:
			fields = append(fields, f.Task())
		case collaboration.FieldInvoiceRecipient:
			v := f.choice("invoice_recipient", true, string(cmp.Or(f.InvoiceRecipient, f.Solution.Payer(f.Scenario))))
			v.Choices = f.Payers()
			fields = append(fields, v)
		case collaboration.FieldVariant:
			fields = append(fields, f.Variant())
		case collaboration.FieldPeriod:
			fields = append(fields, f.Period()...)
		case collaboration.FieldAgreementMonths:
			fields = append(fields, f.AgreementMonths())
		case collaboration.FieldContact:
			fields = append(fields, f.contact()...)
		}
	}
	return fields
}

func (f Fields) choice(name string, required bool, byDefault string) Field {
	return Field{Name: name, Label: i18n.Text(f.Locale, "field."+name), Type: "choice", Required: required, Default: byDefault}
}

func (f Fields) contact() []Field {
	var fields []Field
	for _, c := range collaboration.ContactFields() {
		name := "contact." + c.Name
		fields = append(fields, Field{Name: name, Label: i18n.Text(f.Locale, "field."+name), Type: c.Type, Required: true})
	}
	return fields
}

// Labelled returns choices with the texts of the keys prefix+value.
func (f Fields) Labelled(prefix string, values ...string) []Choice {
	var choices []Choice
	for _, v := range values {
		choices = append(choices, Choice{Value: v, Label: i18n.Text(f.Locale, prefix+v)})
	}
	return choices
}

// Payers are the choices of the invoice recipient.
func (f Fields) Payers() []Choice {
	choices := f.Labelled("payer.", string(collaboration.PaidByOffice), string(collaboration.PaidByCustomer))
	if f.Prices.Differ() {
		for i := range choices {
			choices[i].Price = NewPrice(f.Prices.Of(collaboration.InvoiceRecipient(choices[i].Value)), f.Locale)
		}
	}
	return choices
}

// price returns the price that applies to every choice of the form's invoice recipient; nil
// if there is none.
func (f Fields) price(p collaboration.PayerPrices) *Price {
	switch {
	case !f.Solution.Asks(f.Scenario, collaboration.FieldInvoiceRecipient):
		return NewPrice(p.Of(f.Solution.Payer(f.Scenario)), f.Locale)
	case p.Differ():
		return nil
	default:
		return NewPrice(p.Office, f.Locale)
	}
}

// Variant is the choice of a variant.
func (f Fields) Variant() Field {
	v := f.choice("variant", true, "")
	for _, variant := range f.Solution.Variants {
		prices := f.Solution.PricesOf(variant.ID)
		choice := Choice{Value: variant.ID, Label: variant.Name.In(f.Locale), Price: f.price(prices)}
		if choice.Price == nil {
			_, choice.PriceByPayer = newPrices(prices, f.Locale)
		}
		v.Choices = append(v.Choices, choice)
	}
	return v
}

// Task is the choice of an open task.
func (f Fields) Task() Field {
	v := f.choice("task_id", true, "")
	for _, t := range f.Customer.OpenTasks() {
		v.Choices = append(v.Choices, Choice{Value: t.ID, Label: t.Name})
	}
	if len(v.Choices) == 1 {
		v.Default = v.Choices[0].Value
	}
	return v
}

// Period is the choice of the start of the agreement, and of its month.
func (f Fields) Period() []Field {
	start := f.choice("period.start", false, string(collaboration.OnApproval))
	start.Choices = f.Labelled("start.", string(collaboration.OnApproval), string(collaboration.NextMonth), string(collaboration.ChosenMonth))
	month := f.choice("period.month", false, "")
	month.Hint = i18n.Text(f.Locale, "hint.period.month")
	for i := range monthsOffered {
		day := f.Today.FirstOfNextMonth().AddMonths(i)
		month.Choices = append(month.Choices, Choice{Value: day.String(), Label: i18n.LongDate(day, f.Locale)})
	}
	return []Field{start, month}
}

// AgreementMonths is the choice of the agreement period.
func (f Fields) AgreementMonths() Field {
	v := f.choice("agreement_months", true, strconv.Itoa(f.Solution.DefaultAgreementMonths))
	for _, n := range collaboration.AgreementMonthChoices() {
		v.Choices = append(v.Choices, Choice{Value: strconv.Itoa(n), Label: i18n.Text(f.Locale, "months", n)})
	}
	return v
}
