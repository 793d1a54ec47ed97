package api

import (
	"countersign/api/web"
	"countersign/collaboration"
)

// What can be done with a pending invitation.
var (
	resendForm = actionForm{
		name: "resend", tooLate: collaboration.CodeNotPending, fits: onActivation.invited,
		happens: func(onActivation) []string { return []string{"sent", "links", "clock"} },
		send: func(v *visit, in ChangeInput) error {
			_, err := v.s.resend(v.ctx(), &in)
			return err
		},
	}
	correctForm = actionForm{
		name: "correct", tooLate: collaboration.CodeNotPending, fits: onActivation.invited,
		happens: func(on onActivation) []string {
			if on.record.Delivery == collaboration.DeliveryBounced {
				return []string{"sent_there", "address", "links", "clock", "reminders"}
			}
			return []string{"sent_there", "address", "links", "clock"}
		},
		fields: func(on onActivation) []web.Field {
			return []web.Field{{Name: "email", Label: web.Text(on.locale, "do.correct.email", on.record.InvitedName), Type: "email",
				Value: on.record.InvitedEmail, Required: true, Autocomplete: "off"}}
		},
		send: func(v *visit, in ChangeInput) error {
			_, err := v.s.correct(v.ctx(), &correctInput{in, v.body("email")})
			return err
		},
	}
	forwardForm = actionForm{
		name: "forward", tooLate: collaboration.CodeNotPending,
		fits:    func(on onActivation) bool { return on.invited() && len(on.others()) > 0 },
		happens: func(onActivation) []string { return []string{"sent_to_chosen", "links", "clock"} },
		fields: func(on onActivation) []web.Field {
			return []web.Field{on.administrators("administrator_id", on.others())}
		},
		send: func(v *visit, in ChangeInput) error {
			_, err := v.s.forward(v.ctx(), &forwardInput{in, v.body("administrator_id")})
			return err
		},
	}
	withdrawForm = actionForm{
		name: "withdraw", tooLate: collaboration.CodeNotPending, grave: true,
		fits: func(on onActivation) bool { return on.record.State.Pending() },
		happens: func(on onActivation) []string {
			return []string{"no_answer", "undo." + string(on.record.Scenario), "silent"}
		},
		send: func(v *visit, in ChangeInput) error {
			_, err := v.s.withdraw(v.ctx(), &in)
			return err
		},
	}
)

// invited reports whether somebody at the customer is being asked.
func (on onActivation) invited() bool {
	return on.record.State == collaboration.AwaitingApproval
}

// others are the customer's administrators who are not the one that is asked.
func (on onActivation) others() []collaboration.Administrator {
	var others []collaboration.Administrator
	for _, a := range on.customer.Administrators {
		if a.ID != on.record.InvitedID && a.Email != on.record.InvitedEmail {
			others = append(others, a)
		}
	}
	return others
}

// administrators is a choice of people.
func (on onActivation) administrators(name string, people []collaboration.Administrator) web.Field {
	f := web.Field{Name: name, Label: web.Text(on.locale, "do.administrator"), Type: "radio", Required: true}
	for _, a := range people {
		f.Choices = append(f.Choices, web.Choice{Value: a.ID, Label: a.Name + " (" + a.Email + ")"})
	}
	return f
}
