package rest

import (
	"time"

	"countersign/api/i18n"
	"countersign/api/present"
	"countersign/api/problem"
	"countersign/collaboration"
)

// ActivationView is an activation as the office sees it.
type ActivationView struct {
	ID    collaboration.ActivationID `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State collaboration.State        `json:"state"`
	Phase collaboration.Phase        `json:"phase" doc:"The state as people read it. It divides the state active: starts until the first day of the agreement, terminated after notice or with a set end date, else active. Every other phase has the name of its state."`
	Links ActivationLinks            `json:"links"`
	// The fields below are absent until the first event is stored.
	CustomerID       string                         `json:"customer_id,omitempty" example:"c-1003"`
	CustomerName     string                         `json:"customer_name,omitempty" example:"Öbergs Snickeri AB"`
	SolutionID       string                         `json:"solution_id,omitempty" example:"financial-overview"`
	SolutionName     string                         `json:"solution_name,omitempty" example:"Financial overview, Budget & Forecast"`
	Variant          string                         `json:"variant,omitempty" example:"bookkeeping" doc:"Set only for a solution with several variants."`
	Price            *present.Price                 `json:"price,omitempty" doc:"What the invoice recipient pays, as offered with the activation. Later changes of the catalogue do not change it."`
	Kept             *present.Kept                  `json:"kept,omitempty" doc:"The agreement of its own that the customer keeps."`
	TaskID           string                         `json:"task_id,omitempty" example:"t-1003-1"`
	TaskName         string                         `json:"task_name,omitempty" example:"Löpande bokföring"`
	TaskOwnerID      string                         `json:"task_owner_id,omitempty" example:"emp-maja" doc:"The employee responsible for the task."`
	TaskOwnerName    string                         `json:"task_owner_name,omitempty" example:"Maja Ekström"`
	Scenario         collaboration.Scenario         `json:"scenario,omitempty"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty"`
	Period           *collaboration.Period          `json:"period,omitempty"`
	AgreementMonths  int                            `json:"agreement_months,omitempty" example:"12"`
	Locale           collaboration.Locale           `json:"locale,omitempty" doc:"The language of the invitation."`
	RequestedBy      string                         `json:"requested_by,omitempty" example:"emp-maja"`
	RequestedByName  string                         `json:"requested_by_name,omitempty" example:"Maja Ekström"`
	RequestedAt      time.Time                      `json:"requested_at,omitzero"`
	Failure          *FailureView                   `json:"failure,omitempty" doc:"Why the state is failed."`
	Invitation       *SentView                      `json:"invitation,omitempty" doc:"The latest invitation e-mail; absent before the first."`
	Decision         *problem.Decision              `json:"decision,omitempty"`
	Agreement        *AgreementView                 `json:"agreement,omitempty"`
	Proposal         *ProposalView                  `json:"proposal,omitempty" doc:"The latest proposed change of the running collaboration; absent before the first."`
	EndedAt          time.Time                      `json:"ended_at,omitzero"`
	OnEnd            collaboration.EndPolicy        `json:"on_end,omitempty" doc:"The end policy of the solution: the choice made with the end, or the default."`
	OnEndChoices     []collaboration.EndPolicy      `json:"on_end_choices,omitempty" doc:"What a party chooses from when it ends the collaboration. The first is the default."`
	AskedAgainAt     time.Time                      `json:"asked_again_at,omitzero" doc:"When the customer asked for a new invitation in place of one that expired or failed."`
	UpdatedAt        time.Time                      `json:"updated_at,omitzero"`
	Version          int                            `json:"version" doc:"Increases with every stored event. The ETag is this number in quotes."`
	Reminders        *RemindersView                 `json:"reminders,omitempty" doc:"Present while the invitation is pending."`
	Upcoming         []UpcomingView                 `json:"upcoming,omitempty" doc:"The scheduled events, in order."`
	Access           []string                       `json:"access,omitempty" doc:"The employees with access to the solution for this customer; not in lists." example:"[\"emp-maja\"]"`
	AuditHead        string                         `json:"audit_head,omitempty" doc:"The hash of the newest event in the audit chain; it covers all earlier events. Not in lists."`
	Events           []present.Event                `json:"events,omitempty" doc:"The history, oldest first; not in lists."`
}

// FailureView is the reason for a failed activation.
type FailureView struct {
	Code    collaboration.Code `json:"code" example:"task_closed"`
	Message string             `json:"message"`
}

// SentView is the latest invitation.
type SentView struct {
	AdministratorID string                       `json:"administrator_id,omitempty" example:"a-1003" doc:"The recipient of the invitation."`
	Generation      int                          `json:"generation" doc:"Increases with every resend; only the latest link is valid."`
	Name            string                       `json:"name" example:"Åsa Öberg"`
	Email           string                       `json:"email" example:"asa@oberg.example"`
	SentAt          time.Time                    `json:"sent_at,omitzero"`
	ExpiresAt       time.Time                    `json:"expires_at,omitzero"`
	Delivery        collaboration.DeliveryStatus `json:"delivery,omitempty" enum:"queued,sending,accepted,failed,unconfirmed,delivered,bounced" doc:"The most advanced status of all recipients; bounced if every mail bounced."`
	Recipients      []InvitedView                `json:"recipients,omitempty" doc:"Every recipient of the invitation, of which the one above is the first; not in lists."`
}

// InvitedView is a recipient of the latest invitation.
type InvitedView struct {
	AdministratorID string                       `json:"administrator_id,omitempty" example:"a-1003"`
	Name            string                       `json:"name,omitempty" example:"Åsa Öberg"`
	Email           string                       `json:"email,omitempty" example:"asa@oberg.example"`
	Delivery        collaboration.DeliveryStatus `json:"delivery,omitempty" enum:"queued,sending,accepted,failed,unconfirmed,delivered,bounced"`
}

// AgreementView is a running agreement.
type AgreementView struct {
	StartsOn   collaboration.Date `json:"starts_on" example:"2026-12-01"`
	EndsOn     collaboration.Date `json:"ends_on" example:"2027-12-01" doc:"The day after the last day of the current term. A renewal starts on this day."`
	Months     int                `json:"months" example:"12"`
	Term       int                `json:"term" example:"1" doc:"The number of the current term, from 1."`
	Renews     bool               `json:"renews" doc:"False once notice has been given."`
	NextMonths int                `json:"next_months,omitempty" doc:"The agreement period from the next renewal on, if it changes."`
	EndOn      collaboration.Date `json:"end_on,omitzero" doc:"The chosen end date, if one is set."`
	Continues  bool               `json:"continues" doc:"Whether the agreement continues after ends_on."`
}

// RemindersView is the status of the reminders to the customer.
type RemindersView struct {
	Paused    bool      `json:"paused" doc:"Paused by an employee."`
	Suspended bool      `json:"suspended" doc:"Suspended because the invitation bounced: correct the address."`
	LastSent  time.Time `json:"last_sent_at,omitzero"`
}

// UpcomingView is a scheduled event.
type UpcomingView struct {
	Action collaboration.UpcomingAction `json:"action" enum:"reminder,expiry,start,notice,renewal,end,proposal_expiry"`
	At     time.Time                    `json:"at"`
	Text   string                       `json:"text" example:"The customer is reminded" doc:"For people, in the language of Accept-Language."`
}

func (h activations) viewActivation(r collaboration.Activation, l collaboration.Locale) ActivationView {
	v := ActivationView{
		ID: r.ID, State: r.State, Phase: r.Phase(), Links: linksOf(r.ID), CustomerID: r.CustomerID, CustomerName: r.CustomerName, SolutionID: r.SolutionID,
		TaskID: r.TaskID, TaskName: r.TaskName, TaskOwnerID: r.TaskOwnerID, TaskOwnerName: r.TaskOwnerName, Scenario: r.Scenario, InvoiceRecipient: r.InvoiceRecipient, Period: &r.Period,
		AgreementMonths: r.AgreementMonths, Variant: r.Variant, Price: present.NewPrice(r.Price(), l), Locale: r.Locale, RequestedBy: r.RequestedBy, RequestedByName: r.RequestedByName,
		RequestedAt: r.RequestedAt, Decision: problem.NewDecision(r.Decision).WithLogin(r.Decision), Agreement: viewAgreement(r.Agreement), Proposal: viewProposal(r.Proposal, l),
		EndedAt: r.EndedAt, OnEnd: r.EndPolicy(), OnEndChoices: r.OnEnd, AskedAgainAt: r.AskedAgainAt, UpdatedAt: r.UpdatedAt, Version: r.Version,
	}
	if solution, ok := h.catalogue.For(r.OfficeID).Solution(r.SolutionID); ok {
		v.SolutionName = solution.Name.In(l)
		if r.Scenario == collaboration.HasSolution {
			v.Kept = present.NewKept("kept", solution, r.Variant, r.KeptUntil, l)
		}
	}
	if r.FailureCode != "" {
		v.Failure = &FailureView{r.FailureCode, i18n.CodeText(l, r.FailureCode)}
	}
	if r.Generation > 0 || r.Delivery != "" {
		v.Invitation = &SentView{r.InvitedID, r.Generation, r.InvitedName, r.InvitedEmail, r.SentAt, r.ExpiresAt, r.Delivery, nil}
		for _, i := range r.Invited {
			v.Invitation.Recipients = append(v.Invitation.Recipients, InvitedView(i))
		}
	}
	if r.State == collaboration.AwaitingApproval {
		v.Reminders = &RemindersView{r.RemindersPaused, r.Delivery == collaboration.DeliveryBounced, r.RemindedAt}
	}
	for _, a := range r.Forecast(h.now()) {
		v.Upcoming = append(v.Upcoming, UpcomingView{a.Action, a.At, i18n.Text(l, "upcoming."+string(a.Action))})
	}
	return v
}

func viewAgreement(a *collaboration.Agreement) *AgreementView {
	if a == nil {
		return nil
	}
	return &AgreementView{a.StartsOn, a.EndsOn(), a.Months, a.Term, a.Renews, a.NextMonths, a.EndOn, a.Continues()}
}
