package api

import (
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
	// value is a field as it was sent, or its default.
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
	sent := v.draft != nil || len(v.c.Request.PostForm) > 0
	for _, field := range f.view.Fields {
		f.value[field.Name] = field.Default
		if sent {
			f.value[field.Name] = strings.TrimSpace(v.posted(field.Name))
		}
	}
	if f.value["period.start"] != string(collaboration.ChosenMonth) {
		delete(f.value, "period.month") // it belongs to that choice alone
	}
	return f, err
}

// body is the form as POST /v1/activations takes it. What is empty is left out,
// so that the domain says what is missing.
func (f filledForm) body() []byte {
	body := map[string]any{"customer_id": f.view.CustomerID, "solution_id": f.view.Solution.ID}
	for _, field := range f.view.Fields {
		into, name := body, field.Name
		if group, rest, nested := strings.Cut(field.Name, "."); nested {
			inner, _ := body[group].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				body[group] = inner
			}
			into, name = inner, rest
		}
		if value := f.value[field.Name]; value != "" {
			into[name] = typed(field.Name, value)
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
