package office

import (
	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// The managers' actions on the end of a running collaboration.
var (
	endForm = actionForm{
		name: "end", who: request.AccessManager, command: collaboration.CommandEnd, grave: true, needsMainContact: true,
		happens: func(on onActivation) []string {
			return []string{"policy." + string(on.solution.OnEnd), "office_out", "others", "told"}
		},
		fields: endFields,
		send: func(h pages, v *page.Context, t app.Target) error {
			form := page.NewFormReader(v.FormValue)
			end := message.End{When: collaboration.EndWhen(form.Text("when"))}
			if end.When == collaboration.EndOnDate {
				end.On = form.Date("on")
			}
			t.Invalid = form.Invalid
			_, err := h.app.Changes.End(v.Context(), request.Employee(v.Context()), t, end)
			return err
		},
	}
	revokeNoticeForm = actionForm{
		name: "revoke-notice", who: request.AccessManager, command: collaboration.CommandRevokeNotice, unfit: collaboration.CodeNoNotice,
		fits: func(on onActivation) bool {
			a := on.record.Agreement
			return a != nil && !(a.Renews && a.EndOn.IsZero())
		},
		happens: func(onActivation) []string { return []string{"goes_on", "told"} },
		send: func(h pages, v *page.Context, t app.Target) error {
			_, err := h.app.Changes.RevokeNotice(v.Context(), request.Employee(v.Context()), t)
			return err
		},
	}
)

func endFields(on onActivation) []view.Field {
	l, a := on.locale, on.record.Agreement
	when := view.Field{Name: "when", Label: i18n.Text(l, "do.end.when"), Type: "radio", Required: true}
	add := func(w collaboration.EndWhen, args ...any) {
		when.Choices = append(when.Choices, view.Choice{Value: string(w), Label: i18n.Text(l, "do.end.when."+string(w), args...)})
	}
	if a != nil && a.Continues() {
		add(collaboration.EndOfTerm, i18n.LongDate(a.EndsOn(), l))
	}
	add(collaboration.EndOnDate)
	add(collaboration.EndNow)
	day := view.Field{Name: "on", Label: i18n.Text(l, "do.end.on"), Type: "date", Hint: i18n.Text(l, "do.end.on.hint"),
		When: "when=" + string(collaboration.EndOnDate)}
	return []view.Field{when, day}
}

func (on onActivation) withoutMainContact() bool {
	_, ok := on.customer.MainContact()
	return !ok
}
