package office

import (
	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// The actions on a pending invitation.
var (
	resendForm = actionForm{
		name: "resend", command: collaboration.CommandResend, fits: onActivation.invited,
		happens: func(onActivation) []string { return []string{"sent", "links", "clock"} },
		send: func(h pages, v *page.Context, t app.Target) error {
			_, err := h.app.Changes.Resend(v.Context(), request.Employee(v.Context()), t)
			return err
		},
	}
	correctForm = actionForm{
		name: "correct", command: collaboration.CommandCorrect,
		fits: func(on onActivation) bool { return on.invited() && on.record.MayCorrect(on.customer) },
		happens: func(on onActivation) []string {
			if on.record.Delivery == collaboration.DeliveryBounced {
				return []string{"sent_there", "address", "links", "clock", "reminders"}
			}
			return []string{"sent_there", "address", "links", "clock"}
		},
		fields: func(on onActivation) []view.Field {
			return []view.Field{{Name: "email", Label: i18n.Text(on.locale, "do.correct.email", on.record.InvitedName), Type: "email",
				Value: on.record.InvitedEmail, Required: true, Autocomplete: "off"}}
		},
		send: func(h pages, v *page.Context, t app.Target) error {
			form := page.NewFormReader(v.FormValue)
			email := form.Text("email")
			t.Invalid = form.Invalid
			_, err := h.app.Changes.Correct(v.Context(), request.Employee(v.Context()), t, email)
			return err
		},
	}
	forwardForm = actionForm{
		name: "forward", command: collaboration.CommandForward,
		fits:    func(on onActivation) bool { return on.invited() && len(on.others()) > 0 },
		happens: func(onActivation) []string { return []string{"sent_to_chosen", "links", "clock"} },
		fields: func(on onActivation) []view.Field {
			return []view.Field{on.administrators("administrator_id", on.others())}
		},
		send: func(h pages, v *page.Context, t app.Target) error {
			form := page.NewFormReader(v.FormValue)
			administrator := form.Text("administrator_id")
			t.Invalid = form.Invalid
			_, err := h.app.Changes.Forward(v.Context(), request.Employee(v.Context()), t, administrator)
			return err
		},
	}
	withdrawForm = actionForm{
		name: "withdraw", command: collaboration.CommandWithdraw, grave: true,
		happens: func(on onActivation) []string {
			return []string{"no_answer", "compensation." + string(on.record.Scenario), "silent"}
		},
		send: func(h pages, v *page.Context, t app.Target) error {
			_, err := h.app.Changes.Withdraw(v.Context(), request.Employee(v.Context()), t)
			return err
		},
	}
)

// invited reports whether the customer has an unanswered invitation.
func (on onActivation) invited() bool {
	return on.record.State == collaboration.AwaitingApproval
}

// others returns the customer's administrators except the invitation's recipient.
func (on onActivation) others() []collaboration.Administrator {
	var others []collaboration.Administrator
	for _, a := range on.customer.Administrators {
		if a.ID != on.record.InvitedID && a.Email != on.record.InvitedEmail {
			others = append(others, a)
		}
	}
	return others
}

// administrators returns a choice of administrators.
func (on onActivation) administrators(name string, people []collaboration.Administrator) view.Field {
	f := view.Field{Name: name, Label: i18n.Text(on.locale, "do.administrator"), Type: "radio", Required: true}
	for _, a := range people {
		f.Choices = append(f.Choices, view.Choice{Value: a.ID, Label: a.Name + " (" + a.Email + ")"})
	}
	return f
}
