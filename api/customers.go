package api

import (
	"context"
	"slices"
	"time"

	"countersign/api/problem"
	"countersign/collaboration"
)

// PageQuery selects one page of a list. The name is exported because huma ignores
// embedded inputs with unexported names.
type PageQuery struct {
	Cursor string `query:"cursor" doc:"The value of next in the previous response." maxLength:"500"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"The maximum number of rows."`
}

func (q PageQuery) page() collaboration.Page {
	return collaboration.Page{After: q.Cursor, Limit: q.Limit}
}

// named renames the field of an invalid cursor from after, the domain's name, to the
// query parameter's name.
func (q PageQuery) named(err error) error {
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		return err
	}
	named := *problem.DomainError(err)
	named.Fields = slices.Clone(named.Fields)
	for n := range named.Fields {
		if named.Fields[n].Field == "after" {
			named.Fields[n].Field = "cursor"
		}
	}
	return &named
}

// ListView is one page of a list.
type ListView[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last page."`
}

func viewList[F, T any](rows []F, next string, view func(F) T) ListView[T] {
	list := ListView[T]{Items: make([]T, 0, len(rows)), Next: next}
	for _, row := range rows {
		list.Items = append(list.Items, view(row))
	}
	return list
}

// CustomerView is a customer as the office sees it.
type CustomerView struct {
	ID                 string              `json:"id" example:"c-1003"`
	Name               string              `json:"name" example:"Öbergs Snickeri AB"`
	OrganisationNumber string              `json:"organisation_number" example:"556677-8899" doc:"A sole trader's last four digits are masked."`
	Tasks              []TaskView          `json:"tasks"`
	Subscriptions      []SubscriptionView  `json:"subscriptions"`
	Administrators     []AdministratorView `json:"administrators"`
}

// TaskView is a task.
type TaskView struct {
	ID      string `json:"id" example:"t-1003-1"`
	Name    string `json:"name" example:"Löpande bokföring"`
	OwnerID string `json:"owner_id" example:"emp-maja" doc:"The employee responsible for the task."`
	Open    bool   `json:"open"`
}

// SubscriptionView is a customer's subscription to a solution.
type SubscriptionView struct {
	SolutionID       string                         `json:"solution_id" example:"financial-overview"`
	Variant          string                         `json:"variant,omitempty" example:"bookkeeping"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient" enum:"office,customer"`
	Since            time.Time                      `json:"since"`
	RenewsOn         collaboration.Date             `json:"renews_on,omitzero" doc:"The date on which the customer's own agreement renews."`
}

// AdministratorView is an administrator of a customer, with the right to approve.
type AdministratorView struct {
	ID          string `json:"id"`
	Name        string `json:"name" example:"Åsa Öberg"`
	Email       string `json:"email" example:"asa@oberg.example"`
	Phone       string `json:"phone" example:"070-123 45 67"`
	MainContact bool   `json:"main_contact" doc:"Whether invitations are sent to this person."`
}

func viewCustomer(c collaboration.Customer) CustomerView {
	v := CustomerView{ID: c.ID, Name: c.Name, OrganisationNumber: c.OrganisationNumber.Masked(),
		Tasks: []TaskView{}, Subscriptions: []SubscriptionView{}, Administrators: []AdministratorView{}}
	for _, t := range c.Tasks {
		v.Tasks = append(v.Tasks, TaskView{t.ID, t.Name, t.OwnerID, t.Open})
	}
	for _, s := range c.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, SubscriptionView{s.SolutionID, s.Variant, s.InvoiceRecipient, s.Since, s.RenewsOn})
	}
	for _, a := range c.Administrators {
		v.Administrators = append(v.Administrators, AdministratorView{a.ID, a.Name, a.Email, a.Phone, a.MainContact})
	}
	return v
}

type listCustomersInput struct {
	PageQuery
	Query string `query:"q" doc:"Part of the name, or the start of the organisation number." maxLength:"100"`
}

type bodyOf[T any] struct{ Body T }

func (s *Server) listCustomers(ctx context.Context, in *listCustomersInput) (*bodyOf[ListView[CustomerView]], error) {
	ctx, cancel := s.reading(ctx)
	defer cancel()
	customers, next, err := s.Facts.Customers(ctx, employeeOf(ctx).OfficeID, collaboration.CustomerFilter{Query: in.Query, Page: in.page()})
	if err != nil {
		return nil, in.named(err)
	}
	return &bodyOf[ListView[CustomerView]]{viewList(customers, next, viewCustomer)}, nil
}

// CustomerInput names a customer.
type CustomerInput struct {
	ID string `path:"id" doc:"The customer." example:"c-1003"`
}

func (s *Server) getCustomer(ctx context.Context, in *CustomerInput) (*bodyOf[CustomerView], error) {
	c, err := s.app.Customers.Get(ctx, employeeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CustomerView]{viewCustomer(c)}, nil
}

type mainContactInput struct {
	CustomerInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) setMainContact(ctx context.Context, in *mainContactInput) (*bodyOf[CustomerView], error) {
	body, invalid, err := decodeBody[AdministratorRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	customer, err := s.app.Customers.SetMainContact(ctx, employeeOf(ctx), in.ID, body.AdministratorID, invalid)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CustomerView]{viewCustomer(customer)}, nil
}

// eraseCustomer erases the personal data of a customer, permanently.
func (s *Server) eraseCustomer(ctx context.Context, in *CustomerInput) (*bodyOf[CustomerView], error) {
	customer, err := s.app.Customers.Erase(ctx, employeeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CustomerView]{viewCustomer(customer)}, nil
}
