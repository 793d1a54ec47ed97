package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
)

// filledForm is the form of getForm, with what was filled in.
type filledForm struct {
	view     FormView
	customer collaboration.Customer
	// value is every field as it was sent, or its default.
	value map[string]string
}

// radios is up to how many choices are all shown at once.
const radios = 5

func (s *Server) filledForm(v *visit) (filledForm, error) {
	in := &formInput{CustomerInput{v.c.Param("id")}, v.c.Param("solution")}
	out, err := s.getForm(v.ctx(), in)
	if err != nil {
		return filledForm{}, err
	}
	customer, err := s.customer(v.ctx(), v.person.Employee.OfficeID, in.ID)
	f := filledForm{view: out.Body, customer: customer, value: map[string]string{}}
	if sent := v.sent(); len(sent) > 0 {
		for _, name := range fieldNames {
			if sent.Has(name) {
				f.value[name] = strings.TrimSpace(sent.Get(name))
			}
		}
	} else {
		for _, field := range f.view.Fields {
			f.value[field.Name] = field.Default
		}
	}
	if f.value["period.start"] != string(collaboration.ChosenMonth) {
		delete(f.value, "period.month") // it belongs to that choice alone
	}
	return f, err
}

// fieldNames are all fields that a form may have. A form that was sent keeps
// its own, also where the customer is asked for others by now: so the same form
// is the same request.
var fieldNames = []string{"task_id", "variant", "invoice_recipient", "period.start", "period.month", "agreement_months", "contact.name", "contact.email", "contact.phone"}

// sent is the form that was sent, now or before a new login.
func (v *visit) sent() url.Values {
	if v.draft != nil {
		return v.draft
	}
	return v.c.Request.PostForm
}

// body is the form as POST /v1/activations takes it. What is empty is left out,
// so that the domain says what is missing.
func (f filledForm) body() []byte {
	body := map[string]any{"customer_id": f.view.CustomerID, "solution_id": f.view.Solution.ID}
	for _, name := range fieldNames {
		value, sent := f.value[name]
		if !sent {
			continue
		}
		into, last := body, name
		if group, rest, nested := strings.Cut(name, "."); nested {
			inner, _ := body[group].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				body[group] = inner
			}
			into, last = inner, rest
		}
		if value != "" {
			into[last] = typed(name, value)
		}
	}
	return encoded(body)
}

// typed is a field's value as JSON has it: one field is a number.
func typed(name, value string) any {
	if n, err := strconv.Atoi(value); err == nil && name == string(collaboration.FieldAgreementMonths) {
		return n
	}
	return value
}

// entries are the fields as a page shows them. A list in which nothing is
// chosen yet says so in its first line.
func (f filledForm) entries(l collaboration.Locale) []web.Field {
	var all []web.Field
	for _, field := range f.view.Fields {
		e := web.Field{Name: field.Name, Label: field.Label, Type: field.Type, Value: f.value[field.Name], Hint: field.Hint, Required: field.Required}
		for _, c := range field.Choices {
			e.Choices = append(e.Choices, web.Choice(c))
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
			e.Autocomplete = "off" // it is somebody else
		}
		if field.Name == "period.month" {
			e.When = "period.start=" + string(collaboration.ChosenMonth)
		}
		if e.Type == "select" && !slices.ContainsFunc(e.Choices, func(c web.Choice) bool { return c.Value == e.Value }) {
			e.Choices = slices.Insert(e.Choices, 0, web.Choice{Label: web.Text(l, "office.activate.choose")})
		}
		all = append(all, e)
	}
	return all
}

// blame writes at each field what is wrong with it, and lists it in their
// order. What is no field's comes last.
func blame(entries []web.Field, err error, l collaboration.Locale) web.Wrong {
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		return nil
	}
	wrong := slices.Clone(inCatalogue(err).Fields)
	var listed web.Wrong
	for i, e := range entries {
		at := slices.IndexFunc(wrong, func(w collaboration.FieldError) bool { return w.Field == e.Name })
		if at < 0 {
			continue
		}
		entries[i].Error = fieldText(wrong[at], l)
		listed = append(listed, web.Mistake{Field: e.Name, Label: e.Label, Message: entries[i].Error})
		wrong = slices.Delete(wrong, at, at+1)
	}
	for _, w := range wrong {
		listed = append(listed, web.Mistake{Message: fieldText(w, l)})
	}
	return listed
}
