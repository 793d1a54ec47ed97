package api

import (
	"countersign/api/web"
	"countersign/collaboration"
)

// What managers can do with the end of a running collaboration.
var (
	endForm = actionForm{
		name: "end", who: managers, tooLate: collaboration.CodeNotActive, grave: true, needsMainContact: true,
		fits: func(on onActivation) bool { return on.record.State == collaboration.Active },
		happens: func(on onActivation) []string {
			return []string{"policy." + string(on.solution.OnEnd), "office_out", "others", "told"}
		},
		fields: endFields,
		send: func(v *visit, in ChangeInput) error {
			names := []string{"when"}
			if v.posted("when") == string(collaboration.EndOnDate) {
				names = append(names, "on")
			}
			_, err := v.s.end(v.ctx(), &endInput{in, v.body(names...)})
			return err
		},
	}
	takeBackForm = actionForm{
		name: "take-back", who: managers, tooLate: collaboration.CodeNoNotice,
		fits: func(on onActivation) bool {
			a := on.record.Agreement
			return on.record.State == collaboration.Active && a != nil && !(a.Renews && a.EndOn.IsZero())
		},
		happens: func(onActivation) []string { return []string{"goes_on", "told"} },
		send: func(v *visit, in ChangeInput) error {
			_, err := v.s.takeBack(v.ctx(), &in)
			return err
		},
	}
)

func endFields(on onActivation) []web.Field {
	l, a := on.locale, on.record.Agreement
	when := web.Field{Name: "when", Label: web.Text(l, "do.end.when"), Type: "radio", Required: true}
	add := func(w collaboration.EndWhen, args ...any) {
		when.Choices = append(when.Choices, web.Choice{Value: string(w), Label: web.Text(l, "do.end.when."+string(w), args...)})
	}
	if a != nil && a.Continues() {
		add(collaboration.EndOfTerm, web.LongDate(a.EndsOn(), l))
	}
	add(collaboration.EndOnDate)
	add(collaboration.EndNow)
	day := web.Field{Name: "on", Label: web.Text(l, "do.end.on"), Type: "date", Hint: web.Text(l, "do.end.on.hint"),
		When: "when=" + string(collaboration.EndOnDate)}
	return []web.Field{when, day}
}

func (on onActivation) withoutMainContact() bool {
	_, ok := on.customer.MainContact()
	return !ok
}
