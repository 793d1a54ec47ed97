package store

import (
	"encoding/json"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// records makes the domain's activations of what a query found.
func records(rows []db.ActivationRecord, err error) ([]collaboration.Record, error) {
	all := make([]collaboration.Record, len(rows))
	for i, row := range rows {
		if err == nil {
			all[i], err = record(row)
		}
	}
	return all, err
}

// record makes the domain's activation of a row.
func record(row db.ActivationRecord) (collaboration.Record, error) {
	r := collaboration.Record{
		ID: collaboration.ActivationID(row.ID), OfficeID: row.OfficeID, OfficeName: row.OfficeName.String,
		CustomerID: row.CustomerID, CustomerName: row.CustomerName.String, SolutionID: row.SolutionID,
		TaskID: row.TaskID, TaskName: row.TaskName.String,
		TaskOwnerID: row.TaskOwnerID.String, TaskOwnerName: row.TaskOwnerName.String, Scenario: collaboration.Scenario(row.Scenario),
		State: collaboration.State(row.State), InvoiceRecipient: collaboration.InvoiceRecipient(row.InvoiceRecipient),
		Period:          collaboration.Period{Start: collaboration.StartRule(row.PeriodStart)},
		AgreementMonths: row.AgreementMonths, Locale: collaboration.Locale(row.Locale),
		RequestedBy: row.RequestedBy, RequestedByName: row.RequestedByName.String, RequestedAt: row.RequestedAt.UTC(),
		FailureCode: collaboration.Code(row.FailureCode), Generation: row.Generation,
		SentAt: row.SentAt.Time.UTC(), ExpiresAt: row.ExpiresAt.Time.UTC(),
		Delivery: collaboration.DeliveryStatus(row.Delivery), InvitedID: row.InvitedID,
		InvitedName: row.InvitedName, InvitedEmail: row.InvitedEmail, RemindedAt: row.RemindedAt.Time.UTC(), RemindersPaused: row.RemindersPaused,
		EndedAt: row.EndedAt.Time.UTC(), UpdatedAt: row.UpdatedAt.UTC(), Version: row.Version,
	}
	if err := r.Period.Month.UnmarshalText([]byte(row.PeriodMonth)); err != nil {
		return r, err
	}
	r.Variant, r.KeptUntil = row.Variant, day(row.KeptUntil)
	if err := json.Unmarshal([]byte(row.Decision), &r.Decision); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(row.Agreement), &r.Agreement)
}

func customer(row db.Customer) collaboration.Customer {
	return collaboration.Customer{
		ID: row.ID, OfficeID: row.OfficeID, Name: row.Name,
		OrganisationNumber: collaboration.OrganisationNumber(row.OrganisationNumber), CreatedAt: row.CreatedAt.UTC(),
	}
}

func task(row db.Task) collaboration.Task {
	return collaboration.Task{ID: row.ID, CustomerID: row.CustomerID, Name: row.Name, OwnerID: row.OwnerID, Open: row.IsOpen}
}

func subscription(row db.Subscription) collaboration.Subscription {
	return collaboration.Subscription{
		SolutionID: row.SolutionID, Variant: row.Variant, RenewsOn: day(row.RenewsOn), InvoiceRecipient: collaboration.InvoiceRecipient(row.InvoiceRecipient),
		Since: row.Since.UTC(), ActivatedBy: collaboration.ActivationID(row.ActivatedBy),
	}
}

func fromJSON(text string, into any) error { return json.Unmarshal([]byte(text), into) }

// day reads a date that was written here; zero for none.
func day(s string) (d collaboration.Date) {
	_ = d.UnmarshalText([]byte(s))
	return d
}

func administrator(row db.Administrator) collaboration.Administrator {
	return collaboration.Administrator{
		ID: row.ID, CustomerID: row.CustomerID, Name: row.Name, Email: row.Email, Phone: row.Phone,
		MainContact: row.MainContact, CreatedBy: collaboration.ActivationID(row.CreatedBy),
	}
}

func employee(row db.Employee) collaboration.Employee {
	return collaboration.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: collaboration.Role(row.Role)}
}
