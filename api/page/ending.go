package page

import (
	"cmp"

	"countersign/api/i18n"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Ending is the form that gives notice or ends a running collaboration. Office and customer
// have the same one: it says the consequences, and requires a confirmation.
type Ending struct {
	Consequences []string
	Fields       []view.Field
}

// NewEnding returns the form with its posted values. It asks for the policy for the solution
// if there are several; the only one is a consequence.
func NewEnding(r collaboration.Activation, s collaboration.Solution, l collaboration.Locale, value func(name string) string) Ending {
	var e Ending
	lastDay := ""
	if r.Agreement != nil {
		lastDay = i18n.LongDate(r.Agreement.LastDay(), l)
	}
	consequence := func(key string) string {
		return i18n.Text(l, "happens."+key, r.CustomerName, s.Name.In(l), r.OfficeName, "", lastDay)
	}
	keys := []string{"office_out", "revocable", "others", "told"}
	if len(r.OnEnd) < 2 {
		keys = append([]string{"policy." + string(r.EndPolicy())}, keys...)
	}
	for _, key := range keys {
		e.Consequences = append(e.Consequences, consequence(key))
	}
	when := view.Field{Name: "when", Label: i18n.Text(l, "do.end.when"), Type: "radio", Required: true, Value: value("when")}
	add := func(w collaboration.EndWhen, args ...any) {
		when.Choices = append(when.Choices, view.Choice{Value: string(w), Label: i18n.Text(l, "do.end.when."+string(w), args...)})
	}
	if r.Agreement != nil && r.Agreement.Continues() {
		add(collaboration.EndOfTerm, lastDay)
	}
	add(collaboration.EndOnDate)
	add(collaboration.EndNow)
	e.Fields = []view.Field{
		when,
		{Name: "on", Label: i18n.Text(l, "do.end.on"), Type: "date", Hint: i18n.Text(l, "do.end.on.hint"), Value: value("on"), When: "when=" + string(collaboration.EndOnDate)},
	}
	if len(r.OnEnd) > 1 {
		onEnd := view.Field{Name: "on_end", Label: i18n.Text(l, "do.end.on_end"), Type: "radio", Required: true, Value: cmp.Or(value("on_end"), string(r.EndPolicy()))}
		for _, policy := range r.OnEnd {
			onEnd.Choices = append(onEnd.Choices, view.Choice{Value: string(policy), Label: consequence("policy." + string(policy))})
		}
		e.Fields = append(e.Fields, onEnd)
	}
	e.Fields = append(e.Fields, view.Field{Name: "sure", Label: i18n.Text(l, "do.end.sure"), Type: "checkboxes", Required: true, Values: []string{value("sure")},
		Choices: []view.Choice{{Value: "yes", Label: i18n.Text(l, "do.end.sure.yes")}}})
	return e
}

// EndPolicyText names the end policy of the solution; "" while no end is set.
func EndPolicyText(r collaboration.Activation, s collaboration.Solution, l collaboration.Locale) string {
	if r.Agreement == nil || r.EndedAt.IsZero() && !r.Agreement.IsTerminated() {
		return ""
	}
	return i18n.Text(l, "happens.policy."+string(r.EndPolicy()), r.CustomerName, s.Name.In(l))
}

// dayAfter returns the day on which the end takes effect: the form asks for the last day.
func dayAfter(last collaboration.Date) collaboration.Date {
	if last.IsZero() {
		return last
	}
	return last.AddDays(1)
}

// ReadEnding returns the posted end, and the fields that are invalid: those that do not
// parse, and a missing confirmation.
func ReadEnding(value func(name string) string) (message.End, []collaboration.FieldError) {
	form := NewFormReader(value)
	end := message.End{When: collaboration.EndWhen(form.Text("when")), OnEnd: collaboration.EndPolicy(form.Text("on_end"))}
	if end.When == collaboration.EndOnDate {
		end.On = dayAfter(form.Date("on"))
	}
	if form.Text("sure") != "yes" {
		form.Invalid = append(form.Invalid, collaboration.FieldError{Field: "sure", Code: collaboration.CodeRequired})
	}
	return end, form.Invalid
}
