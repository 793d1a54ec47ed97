package office

import (
	"slices"
	"strconv"
	"strings"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// filledForm is the form of getForm with the posted values.
type filledForm struct {
	view     present.Form
	customer collaboration.Customer
	// value is the posted value of every field, or the default.
	value map[string]string
}

// radios is the largest number of choices that are rendered as radio buttons.
const radios = 5

func (h activatePages) filledForm(v *page.Context) (filledForm, error) {
	form, err := h.app.Activations.Form(v.Context(), request.Employee(v.Context()), v.Param("id"), v.Param("solution"))
	if err != nil {
		return filledForm{}, err
	}
	f := filledForm{view: present.NewForm(form, v.Locale), customer: form.Customer, value: map[string]string{}}
	if sent := v.FormValues(); len(sent) > 0 {
		for _, name := range fieldNames {
			if sent.Has(name) {
				f.value[name] = strings.TrimSpace(sent.Get(name))
			}
		}
	} else {
		for _, field := range f.view.Fields {
			f.value[field.Name] = field.Default
		}
		f.value["locale"] = string(form.Locale)
		if earlier := v.Query("again"); earlier != "" {
			h.fillFrom(v, earlier, f)
		}
	}
	if f.value["period.start"] != string(collaboration.ChosenMonth) {
		delete(f.value, "period.month") // only valid with chosen_month
	}
	return f, nil
}

// fillFrom fills the form with the values of an earlier activation of the same customer and
// solution. A task that is closed by now is not offered.
func (h activatePages) fillFrom(v *page.Context, id string, f filledForm) {
	r, err := h.app.Activations.Get(v.Context(), request.Employee(v.Context()), id)
	if err != nil || r.CustomerID != f.customer.ID || r.SolutionID != v.Param("solution") {
		return
	}
	earlier := map[string]string{
		"task_id": r.TaskID, "variant": r.Variant, "invoice_recipient": string(r.InvoiceRecipient), "period.start": string(r.Period.Start),
		"agreement_months": strconv.Itoa(r.AgreementMonths), "contact.name": r.InvitedName, "contact.email": r.InvitedEmail,
	}
	if r.Period.Start == collaboration.ChosenMonth { // it may be in the past
		delete(earlier, "period.start")
	}
	for _, field := range f.view.Fields {
		if value := earlier[field.Name]; value != "" {
			f.value[field.Name] = value
		}
	}
	f.value["locale"] = string(r.Locale)
}

// fieldNames are all possible fields of the form. A posted form keeps its own fields
// even if the customer's current form has others, so that a retry is the same request.
var fieldNames = append([]string{"task_id", "variant", "invoice_recipient", "period.start", "period.month", "agreement_months", "locale"}, contactNames...)

var contactNames = collaboration.ContactNames("contact.")

// request converts the form to a request. A group of fields that was not posted is absent, so that the domain can distinguish it from an empty one.
func (f filledForm) request(key string) app.ActivationRequest {
	form := page.NewFormReader(func(name string) string { return f.value[name] })
	r := collaboration.Request{
		CustomerID: f.view.CustomerID, SolutionID: f.view.Solution.ID, TaskID: form.Text("task_id"), Variant: form.Text("variant"),
		InvoiceRecipient: collaboration.InvoiceRecipient(form.Text("invoice_recipient")), Period: readPeriod(form, true),
		AgreementMonths: form.Number("agreement_months"), Locale: collaboration.Locale(form.Text("locale")),
	}
	if f.has(contactNames...) {
		contact := collaboration.ReadContact("contact.", form.Text)
		r.Contact = &contact
	}
	return app.ActivationRequest{Request: r, Key: key, Invalid: form.Invalid}
}

// has reports whether one of the fields was posted.
func (f filledForm) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, posted := f.value[name]
		return posted
	})
}

// entries returns the fields for rendering. A list without a selected choice starts with
// a prompt.
func (f filledForm) entries(l collaboration.Locale) []view.Field {
	var all []view.Field
	for _, field := range f.view.Fields {
		e := view.Field{Name: field.Name, Label: field.Label, Type: field.Type, Value: f.value[field.Name], Hint: field.Hint, Required: field.Required}
		for _, c := range field.Choices {
			e.Choices = append(e.Choices, view.Choice{Value: c.Value, Label: c.Label, More: priceOfChoice(c, l)})
		}
		switch asList := field.Name == "task_id" || field.Name == "period.month" || len(e.Choices) > radios; {
		case field.Type == "choice" && asList:
			e.Type = "select"
		case field.Type == "choice":
			e.Type = "radio"
		case field.Type == "phone":
			e.Type = "tel"
		}
		if strings.HasPrefix(field.Name, "contact.") {
			e.Autocomplete = "off" // the contact is another person than the employee
		}
		if field.Name == "period.month" {
			e.When = "period.start=" + string(collaboration.ChosenMonth)
		}
		if e.Type == "select" && !slices.ContainsFunc(e.Choices, func(c view.Choice) bool { return c.Value == e.Value }) {
			e.Choices = slices.Insert(e.Choices, 0, view.Choice{Label: i18n.Text(l, "office.activate.choose")})
		}
		all = append(all, e)
	}
	return append(all, f.language(l))
}

// priceOfChoice describes the price of a choice, or those for both invoice recipients.
func priceOfChoice(c present.Choice, l collaboration.Locale) string {
	switch by := c.PriceByPayer; {
	case c.Price != nil:
		return c.Price.Text
	case by == nil:
		return ""
	default:
		return i18n.Text(l, "price.by_payer", by.Office.Text, by.Customer.Text)
	}
}

// language returns the choice of the invitation's language.
func (f filledForm) language(l collaboration.Locale) view.Field {
	e := view.Field{Name: "locale", Label: i18n.Text(l, "field.locale"), Type: "radio", Value: f.value["locale"]}
	for _, each := range collaboration.Locales() {
		e.Choices = append(e.Choices, view.Choice{Value: string(each), Label: i18n.Text(l, "office.language."+string(each))})
	}
	return e
}

func pointers(fields []view.Field) []*view.Field {
	all := make([]*view.Field, len(fields))
	for i := range fields {
		all[i] = &fields[i]
	}
	return all
}
