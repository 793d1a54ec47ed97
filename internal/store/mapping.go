package store

import (
	"encoding/json"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// toActivations converts the rows of a query.
func toActivations(rows []db.ActivationDetail, err error) ([]collaboration.Activation, error) {
	all := make([]collaboration.Activation, len(rows))
	for i, row := range rows {
		if err == nil {
			all[i], err = toActivation(row)
		}
	}
	return all, err
}

// toActivation converts a row.
func toActivation(row db.ActivationDetail) (collaboration.Activation, error) {
	r := collaboration.Activation{
		ID: collaboration.ActivationID(row.ID), OfficeID: row.OfficeID, OfficeName: string(row.OfficeName), OfficeEmail: string(row.OfficeEmail), OfficePhone: string(row.OfficePhone), OfficeLogo: string(row.OfficeLogo),
		CustomerID: row.CustomerID, CustomerName: string(row.CustomerName), SolutionID: row.SolutionID,
		TaskID: row.TaskID, TaskName: string(row.TaskName),
		TaskOwnerID: string(row.TaskOwnerID), TaskOwnerName: string(row.TaskOwnerName), Scenario: collaboration.Scenario(row.Scenario),
		State: collaboration.State(row.State), InvoiceRecipient: collaboration.InvoiceRecipient(row.InvoiceRecipient),
		Period:          collaboration.Period{Start: collaboration.StartRule(row.PeriodStart), Month: collaboration.Date(row.PeriodMonth)},
		AgreementMonths: row.AgreementMonths, Locale: collaboration.Locale(row.Locale),
		RequestedBy: row.RequestedBy, RequestedByName: string(row.RequestedByName), RequestedAt: row.RequestedAt.UTC(),
		FailureCode: collaboration.Code(row.FailureCode), Generation: row.Generation,
		SentAt: row.SentAt.Time.UTC(), ExpiresAt: row.ExpiresAt.Time.UTC(),
		Delivery: collaboration.DeliveryStatus(row.Delivery), InvitedID: string(row.InvitedID),
		InvitedName: row.InvitedName, InvitedEmail: row.InvitedEmail, RemindedAt: row.RemindedAt.Time.UTC(), RemindersPaused: row.RemindersPaused,
		EndedAt: row.EndedAt.Time.UTC(), UpdatedAt: row.UpdatedAt.UTC(), Version: row.Version,
	}
	r.AskedAgainAt = row.AskedAgainAt.Time.UTC()
	r.Variant, r.KeptUntil, r.RunningSince, r.TermsVersion = row.Variant, collaboration.Date(row.KeptUntil), collaboration.Date(row.RunningSince), row.TermsVersion
	if err := json.Unmarshal([]byte(row.Proposal), &r.Proposal); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(row.Rules), &r.Rules); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(row.Prices), &r.Prices); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(row.OnEnd), &r.OnEnd); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(row.Decision), &r.Decision); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(row.Agreement), &r.Agreement)
}

func customer(row db.Customer) collaboration.Customer {
	return collaboration.Customer{
		ID: row.ID, OfficeID: row.OfficeID, Name: row.Name,
		OrganisationNumber: collaboration.OrganisationNumber(row.OrganisationNumber), CreatedAt: row.CreatedAt.UTC(),
		Reference: string(row.Reference), ArchivedAt: row.ArchivedAt.Time.UTC(), Version: row.Version,
	}
}

func task(row db.Task) collaboration.Task {
	return collaboration.Task{ID: row.ID, CustomerID: row.CustomerID, Name: row.Name, OwnerID: row.OwnerID, Open: row.IsOpen, Reference: string(row.Reference)}
}

func subscription(row db.Subscription) collaboration.Subscription {
	return collaboration.Subscription{
		SolutionID: row.SolutionID, Variant: row.Variant, RenewsOn: collaboration.Date(row.RenewsOn), InvoiceRecipient: collaboration.InvoiceRecipient(row.InvoiceRecipient),
		Since: row.Since.UTC(), ActivatedBy: collaboration.ActivationID(row.ActivatedBy),
	}
}

func fromJSON(text string, into any) error { return json.Unmarshal([]byte(text), into) }

func administrator(row db.Administrator) collaboration.Administrator {
	return collaboration.Administrator{
		ID: row.ID, CustomerID: row.CustomerID, Contact: collaboration.Contact{Name: row.Name, Email: row.Email, Phone: row.Phone},
		MainContact: row.MainContact, CreatedBy: collaboration.ActivationID(row.CreatedBy),
	}
}

func employee(row db.Employee) collaboration.Employee {
	return collaboration.Employee{
		ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: collaboration.Role(row.Role),
		Reference: string(row.Reference), DeactivatedAt: row.DeactivatedAt.Time.UTC(), Version: row.Version,
	}
}
