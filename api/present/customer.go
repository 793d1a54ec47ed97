package present

import (
	"slices"
	"time"

	"countersign/collaboration"
)

// Customer is a customer as the office sees it.
type Customer struct {
	ID                 string          `json:"id" example:"c-1003"`
	Name               string          `json:"name" example:"Öbergs Snickeri AB"`
	OrganisationNumber string          `json:"organisation_number" example:"556677-8899" doc:"A sole trader's last four digits are masked."`
	Reference          string          `json:"reference,omitempty" example:"K-1003" doc:"The office's own id of the customer."`
	ArchivedAt         time.Time       `json:"archived_at,omitzero"`
	Tasks              []Task          `json:"tasks"`
	MoreTasks          bool            `json:"more_tasks,omitempty" doc:"In a list: the customer has more tasks than those, which GET /v1/customers/{id} returns."`
	Subscriptions      []Subscription  `json:"subscriptions"`
	Administrators     []Administrator `json:"administrators"`
}

// Task is a task.
type Task struct {
	ID      string `json:"id" example:"t-1003-1"`
	Name    string `json:"name" example:"Löpande bokföring"`
	OwnerID string `json:"owner_id" example:"emp-maja" doc:"The employee responsible for the task."`
	Open    bool   `json:"open"`
	// Participants are set where a customer is edited.
	Participants []string `json:"participants,omitempty" doc:"The other employees that work on the task."`
	Reference    string   `json:"reference,omitempty" doc:"The office's own id of the task."`
}

// Subscription is a customer's subscription to a solution.
type Subscription struct {
	SolutionID       string                         `json:"solution_id" example:"financial-overview"`
	Variant          string                         `json:"variant,omitempty" example:"bookkeeping"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient"`
	Since            time.Time                      `json:"since"`
	RenewsOn         collaboration.Date             `json:"renews_on,omitzero" doc:"The date on which the customer's own agreement renews."`
}

// Administrator is an administrator of a customer, with the right to approve.
type Administrator struct {
	ID string `json:"id"`
	collaboration.Contact
	MainContact bool `json:"main_contact" doc:"Whether invitations are sent to this person."`
}

// listedTasks bounds the tasks of a customer in a list.
const listedTasks = 20

// NewListedCustomer presents a customer of a list, with its first open tasks, and closed ones
// if there is room.
func NewListedCustomer(c collaboration.Customer) Customer {
	v := NewCustomer(c)
	if v.MoreTasks = len(v.Tasks) > listedTasks; v.MoreTasks {
		slices.SortStableFunc(v.Tasks, func(a, b Task) int {
			switch {
			case a.Open == b.Open:
				return 0
			case a.Open:
				return -1
			}
			return 1
		})
		v.Tasks = v.Tasks[:listedTasks]
	}
	return v
}

// NewCustomer presents a customer.
func NewCustomer(c collaboration.Customer) Customer {
	v := Customer{ID: c.ID, Name: c.Name, OrganisationNumber: c.OrganisationNumber.Masked(), Reference: c.Reference, ArchivedAt: c.ArchivedAt,
		Tasks: []Task{}, Subscriptions: []Subscription{}, Administrators: []Administrator{}}
	for _, t := range c.Tasks {
		v.Tasks = append(v.Tasks, Task{ID: t.ID, Name: t.Name, OwnerID: t.OwnerID, Open: t.Open, Reference: t.Reference})
	}
	for _, s := range c.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, Subscription{s.SolutionID, s.Variant, s.InvoiceRecipient, s.Since, s.RenewsOn})
	}
	for _, a := range c.Administrators {
		v.Administrators = append(v.Administrators, Administrator{a.ID, a.Contact, a.MainContact})
	}
	return v
}
