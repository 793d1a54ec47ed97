package office

import (
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
		consequences: func(on onActivation) []string { return on.ending(noValue).Consequences },
		fields:       func(on onActivation) []view.Field { return on.ending(noValue).Fields },
		send: func(h pages, v *page.Context, t app.Target) error {
			var end message.End
			end, t.Invalid = page.ReadEnding(v.FormValue)
			_, err := h.app.Changes.End(v.Context(), request.Employee(v.Context()), t, end)
			return err
		},
	}
	withdrawChangeForm = actionForm{
		name: "withdraw-change", who: request.AccessManager, command: collaboration.CommandWithdrawChange, unfit: collaboration.CodeNoProposal,
		fits:    func(on onActivation) bool { return on.record.Proposal.IsOpen() },
		happens: func(onActivation) []string { return []string{"stays", "told"} },
		send: func(h pages, v *page.Context, t app.Target) error {
			_, err := h.app.Changes.WithdrawChange(v.Context(), request.Employee(v.Context()), t)
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

func (on onActivation) ending(value func(string) string) page.Ending {
	r := on.record
	r.CustomerName = on.customer.Name
	return page.NewEnding(r, on.solution, on.locale, value)
}

func noValue(string) string { return "" }

func (on onActivation) withoutMainContact() bool {
	_, ok := on.customer.MainContact()
	return !ok
}
