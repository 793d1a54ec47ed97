package api

import (
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// ActivationView is an activation as the office sees it.
type ActivationView struct {
	ID    collaboration.ActivationID `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State collaboration.State        `json:"state" enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed"`
	Links ActivationLinks            `json:"links"`
	// The rest is absent until the first step is recorded.
	CustomerID       string                         `json:"customer_id,omitempty" example:"c-1003"`
	CustomerName     string                         `json:"customer_name,omitempty" example:"Öbergs Snickeri AB"`
	SolutionID       string                         `json:"solution_id,omitempty" example:"financial-overview"`
	SolutionName     string                         `json:"solution_name,omitempty" example:"Financial overview, Budget & Forecast"`
	Variant          string                         `json:"variant,omitempty" example:"bookkeeping" doc:"Of a solution that comes in several."`
	Kept             *KeptView                      `json:"kept,omitempty" doc:"What the customer had of the solution, and keeps."`
	TaskID           string                         `json:"task_id,omitempty" example:"t-1003-1"`
	TaskName         string                         `json:"task_name,omitempty" example:"Löpande bokföring"`
	TaskOwnerID      string                         `json:"task_owner_id,omitempty" example:"emp-maja" doc:"The employee who answers for the task."`
	TaskOwnerName    string                         `json:"task_owner_name,omitempty" example:"Maja Ekström"`
	Scenario         collaboration.Scenario         `json:"scenario,omitempty" enum:"has_solution,on_platform,new_customer"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty" enum:"office,customer"`
	Period           *collaboration.Period          `json:"period,omitempty"`
	AgreementMonths  int                            `json:"agreement_months,omitempty" example:"12"`
	Locale           collaboration.Locale           `json:"locale,omitempty" enum:"sv,en" doc:"The language of the invitation."`
	RequestedBy      string                         `json:"requested_by,omitempty" example:"emp-maja"`
	RequestedByName  string                         `json:"requested_by_name,omitempty" example:"Maja Ekström"`
	RequestedAt      time.Time                      `json:"requested_at,omitzero"`
	Failure          *FailureView                   `json:"failure,omitempty" doc:"Why the state is failed."`
	Invitation       *SentView                      `json:"invitation,omitempty" doc:"The latest e-mail; absent before the first one."`
	Decision         *DecisionView                  `json:"decision,omitempty"`
	Agreement        *AgreementView                 `json:"agreement,omitempty"`
	EndedAt          time.Time                      `json:"ended_at,omitzero"`
	UpdatedAt        time.Time                      `json:"updated_at,omitzero"`
	Version          int                            `json:"version" doc:"Rises with every recorded step; the ETag in quotes."`
	Reminders        *RemindersView                 `json:"reminders,omitempty" doc:"While the invitation is pending."`
	Ahead            []AheadView                    `json:"ahead,omitempty" doc:"What will happen by itself, in order, unless somebody does something."`
	Access           []string                       `json:"access,omitempty" doc:"The employees who may use the solution with the customer; not in lists." example:"[\"emp-maja\"]"`
	AuditHead        string                         `json:"audit_head,omitempty" doc:"The hash of the newest event: everything before it follows from it. Not in lists."`
	Events           []EventView                    `json:"events,omitempty" doc:"The history, oldest first; not in lists."`
}

// FailureView is why an activation failed.
type FailureView struct {
	Code    collaboration.Code `json:"code" example:"task_closed"`
	Message string             `json:"message"`
}

// SentView is the latest invitation.
type SentView struct {
	AdministratorID string                       `json:"administrator_id,omitempty" example:"a-1003" doc:"The person who is asked."`
	Generation      int                          `json:"generation" doc:"Rises with every resend; only the latest link works."`
	Name            string                       `json:"name" example:"Åsa Öberg"`
	Email           string                       `json:"email" example:"asa@oberg.example"`
	SentAt          time.Time                    `json:"sent_at,omitzero"`
	ExpiresAt       time.Time                    `json:"expires_at,omitzero"`
	Delivery        collaboration.DeliveryStatus `json:"delivery,omitempty" enum:"queued,sending,accepted,failed,unconfirmed,delivered,bounced"`
}

// DecisionView is the customer's answer.
type DecisionView struct {
	Outcome      collaboration.Outcome       `json:"outcome" enum:"approve,decline"`
	At           time.Time                   `json:"at"`
	TermsVersion string                      `json:"terms_version,omitempty" example:"2026-11"`
	TermsHash    string                      `json:"terms_hash,omitempty" doc:"SHA-256 of the exact words that were approved."`
	Locale       collaboration.Locale        `json:"locale,omitempty" enum:"sv,en" doc:"The language they were read in."`
	Reason       collaboration.DeclineReason `json:"reason,omitempty" enum:"not_needed,price,wrong_person,unexpected,other"`
	Comment      string                      `json:"comment,omitempty"`
}

// AgreementView is a running agreement.
type AgreementView struct {
	StartsOn   collaboration.Date `json:"starts_on" example:"2026-12-01"`
	EndsOn     collaboration.Date `json:"ends_on" example:"2027-12-01" doc:"The day the current term ends and the next would start."`
	Months     int                `json:"months" example:"12"`
	Term       int                `json:"term" example:"1" doc:"Counts the terms, from 1."`
	Renews     bool               `json:"renews" doc:"False once notice has been given."`
	NextMonths int                `json:"next_months,omitempty" doc:"The length from the next renewal on, where it changes."`
	EndOn      collaboration.Date `json:"end_on,omitzero" doc:"The day that was set for the end."`
	Continues  bool               `json:"continues" doc:"Whether the agreement goes on after ends_on."`
}

// RemindersView is how the customer is reminded.
type RemindersView struct {
	Paused    bool      `json:"paused" doc:"By an employee."`
	Suspended bool      `json:"suspended" doc:"Because the invitation bounced: correct the address."`
	LastSent  time.Time `json:"last_sent_at,omitzero"`
}

// AheadView is something that will happen by itself.
type AheadView struct {
	Action collaboration.AheadAction `json:"action" enum:"reminder,expiry,start,notice,renewal,end"`
	At     time.Time                 `json:"at"`
	Text   string                    `json:"text" example:"The customer is reminded" doc:"For people, in the language of Accept-Language."`
}

// EventView is one recorded step.
type EventView struct {
	Sequence int                  `json:"sequence" example:"1"`
	Action   collaboration.Action `json:"action" example:"requested"`
	By       string               `json:"by" example:"emp-maja" doc:"An employee's or administrator's id, system or operator."`
	At       time.Time            `json:"at"`
	Text     string               `json:"text" example:"Requested" doc:"For people, in the language of Accept-Language."`
}

func (s *Server) viewActivation(r collaboration.Record, l collaboration.Locale) ActivationView {
	v := ActivationView{
		ID: r.ID, State: r.State, Links: linksOf(r.ID), CustomerID: r.CustomerID, CustomerName: r.CustomerName, SolutionID: r.SolutionID,
		TaskID: r.TaskID, TaskName: r.TaskName, TaskOwnerID: r.TaskOwnerID, TaskOwnerName: r.TaskOwnerName, Scenario: r.Scenario, InvoiceRecipient: r.InvoiceRecipient, Period: &r.Period,
		AgreementMonths: r.AgreementMonths, Variant: r.Variant, Locale: r.Locale, RequestedBy: r.RequestedBy, RequestedByName: r.RequestedByName,
		RequestedAt: r.RequestedAt, Decision: viewDecision(r.Decision), Agreement: viewAgreement(r.Agreement),
		EndedAt: r.EndedAt, UpdatedAt: r.UpdatedAt, Version: r.Version,
	}
	if solution, ok := s.Catalogue.Solution(r.SolutionID); ok {
		v.SolutionName = solution.Name.In(l)
		if r.Scenario == collaboration.HasSolution {
			v.Kept = viewKept("kept", solution, r.Variant, r.KeptUntil, l)
		}
	}
	if r.FailureCode != "" {
		v.Failure = &FailureView{r.FailureCode, r.FailureCode.Text(l)}
	}
	if r.Generation > 0 || r.Delivery != "" {
		v.Invitation = &SentView{r.InvitedID, r.Generation, r.InvitedName, r.InvitedEmail, r.SentAt, r.ExpiresAt, r.Delivery}
	}
	if r.State == collaboration.AwaitingApproval {
		v.Reminders = &RemindersView{r.RemindersPaused, r.Delivery == collaboration.DeliveryBounced, r.RemindedAt}
	}
	for _, a := range r.Forecast(s.Now()) {
		v.Ahead = append(v.Ahead, AheadView{a.Action, a.At, web.Text(l, "ahead."+string(a.Action))})
	}
	return v
}

func viewDecision(d *collaboration.Decision) *DecisionView {
	if d == nil {
		return nil
	}
	return &DecisionView{d.Outcome, d.At, d.TermsVersion, d.TermsHash, d.Locale, d.Reason, d.Comment}
}

func viewAgreement(a *collaboration.Agreement) *AgreementView {
	if a == nil {
		return nil
	}
	return &AgreementView{a.StartsOn, a.EndsOn(), a.Months, a.Term, a.Renews, a.NextMonths, a.EndOn, a.Continues()}
}

func viewEvent(e collaboration.Event, l collaboration.Locale) EventView {
	return EventView{e.Sequence, e.Action, e.By, e.At, web.Text(l, "action."+string(e.Action))}
}
