package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/pages"
)

// Lists reads activations: one, pages, the overview, and the access that they grant.
type Lists struct{ *database }

// Activation returns one activation by id. The caller checks the office.
func (s Lists) Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	row, err := s.read.ActivationDetail(ctx, string(id))
	if err != nil {
		return collaboration.Activation{}, notFound(err, collaboration.CodeActivationNotFound)
	}
	r, err := toActivation(row)
	if err == nil {
		r.Invited, err = s.invited(ctx, r)
	}
	return r, failure(err)
}

// OpenActivations returns the ids of the live activations of an office after an id, in order; ""
// means all offices.
func (s Lists) OpenActivations(ctx context.Context, officeID string, after collaboration.ActivationID, limit int) ([]collaboration.ActivationID, error) {
	rows, err := s.read.OpenActivations(ctx, db.OpenActivationsParams{OfficeID: officeID, AfterID: string(after), MaxRows: int32(limit)})
	all := make([]collaboration.ActivationID, len(rows))
	for i, id := range rows {
		all[i] = collaboration.ActivationID(id)
	}
	return all, failure(err)
}

// invited returns the recipients of the current invitation. A removed administrator has no
// name.
func (s Lists) invited(ctx context.Context, r collaboration.Activation) ([]collaboration.Invited, error) {
	rows, err := s.read.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: string(r.ID), Generation: max(r.Generation, 1)})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	administrators, err := s.read.AdministratorsOfCustomer(ctx, r.CustomerID)
	var all []collaboration.Invited
	for _, row := range recipientsOf(rows) {
		i := collaboration.Invited{AdministratorID: string(row.ToID), Email: row.ToEmail, Delivery: collaboration.DeliveryStatus(row.Status)}
		if n := slices.IndexFunc(administrators, func(a db.Administrator) bool { return a.ID == string(row.ToID) }); n >= 0 {
			i.Name = administrators[n].Name
		} else if i.AdministratorID == r.InvitedID {
			i.Name = r.InvitedName
		}
		if all = append(all, i); i.AdministratorID == r.InvitedID {
			all[0], all[len(all)-1] = i, all[0]
		}
	}
	return all, err
}

// LastLocale returns the language of the last invitation to an administrator of a customer;
// "" before the first.
func (s Lists) LastLocale(ctx context.Context, officeID, customerID, administratorID string) (collaboration.Locale, error) {
	locale, err := s.read.LastLocale(ctx, db.LastLocaleParams{OfficeID: officeID, CustomerID: customerID, InvitedID: column.Text(administratorID)})
	return collaboration.Locale(locale), ignoreNoRows(err)
}

// LiveActivation returns the live activation of a customer and solution; "" for none.
func (s Lists) LiveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error) {
	id, err := s.read.LiveActivation(ctx, db.LiveActivationParams{OfficeID: officeID, CustomerID: customerID, SolutionID: solutionID})
	return collaboration.ActivationID(id), ignoreNoRows(err)
}

// Activations returns one page of an office's activations: newest first, or by their end
// if the filter has EndsBefore.
func (s Lists) Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) ([]collaboration.Activation, string, error) {
	limit := pageLimit(f.Page)
	list := s.newestActivations
	if !f.EndsBefore.IsZero() {
		list = s.endingActivations
	}
	rows, err := list(ctx, officeID, f, limit+1)
	if err != nil {
		return nil, "", failure(err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	page, err := toActivations(rows, nil)
	return page, next, failure(err)
}

func (s Lists) newestActivations(ctx context.Context, officeID string, f collaboration.ActivationFilter, limit int) ([]db.ActivationDetail, error) {
	before, err := s.activationCursor(ctx, officeID, f.Page.After)
	if err != nil {
		return nil, err
	}
	return s.activationRows(ctx, officeID, f, before, limit)
}

// endingActivations are ordered by the end of their term.
func (s Lists) endingActivations(ctx context.Context, officeID string, f collaboration.ActivationFilter, limit int) ([]db.ActivationDetail, error) {
	after, err := firstDate, error(nil)
	if f.Page.After != "" {
		after, err = s.read.EndingCursor(ctx, db.EndingCursorParams{ID: f.Page.After, OfficeID: officeID})
	}
	if err != nil {
		return nil, cursorError(err)
	}
	return s.read.ActivationsEnding(ctx, db.ActivationsEndingParams{
		OfficeID: officeID, EndsBefore: column.Date(f.EndsBefore), AfterDay: after, AfterID: f.Page.After, Phases: pages.LikeList(phasesOf(f)),
		CustomerID: f.CustomerID, TaskID: f.TaskID, SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy, MaxRows: int32(limit),
	})
}

// firstDate is before every date that an agreement ends on.
var firstDate = column.Date{Year: 1, Month: time.January, Day: 1}

// position is the last row of the page before.
type position struct {
	at time.Time
	id string
}

// activationCursor finds the row of a cursor. The cursor is an id alone, so that no
// personal data is in a URL.
func (s Lists) activationCursor(ctx context.Context, officeID, after string) (position, error) {
	if after == "" {
		return position{at: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
	}
	at, err := s.read.ActivationCursor(ctx, db.ActivationCursorParams{ID: after, OfficeID: officeID})
	return position{utc(at), after}, cursorError(err)
}

// activationRows uses the index that fits the filter.
func (s Lists) activationRows(ctx context.Context, officeID string, f collaboration.ActivationFilter, p position, limit int) ([]db.ActivationDetail, error) {
	switch {
	case f.CustomerID != "":
		return s.read.ActivationsOfCustomer(ctx, db.ActivationsOfCustomerParams{
			OfficeID: officeID, CustomerID: f.CustomerID, TaskID: f.TaskID, SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy,
			Phases: pages.LikeList(phasesOf(f)), Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
		})
	case f.TaskID != "":
		return s.read.ActivationsOfTask(ctx, db.ActivationsOfTaskParams{
			OfficeID: officeID, TaskID: f.TaskID, SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy,
			Phases: pages.LikeList(phasesOf(f)), Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
		})
	default:
		return s.pages.List(ctx, pages.List{
			OfficeID: officeID, Phases: phasesOf(f), SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy,
			Before: p.at, BeforeID: p.id, Limit: limit,
		})
	}
}

// phasesOf returns the phases of a filter, each once.
func phasesOf(f collaboration.ActivationFilter) []collaboration.Phase {
	if len(f.Phases) == 0 {
		return collaboration.Phases()
	}
	return slices.Compact(slices.Sorted(slices.Values(f.Phases)))
}

// Access returns the employees with access to the solution of an activation.
func (s Lists) Access(ctx context.Context, id collaboration.ActivationID) ([]string, error) {
	rows, err := s.read.AccessOf(ctx, string(id))
	if err != nil {
		return nil, failure(err)
	}
	employees := make([]string, len(rows))
	for i, row := range rows {
		employees[i] = row.EmployeeID
	}
	return employees, nil
}

// AccessOn returns the names of the employees with access in alphabetical order, for the
// active ones of a page of activations.
func (s Lists) AccessOn(ctx context.Context, officeID string, page []collaboration.Activation) (map[collaboration.ActivationID][]string, error) {
	names := map[collaboration.ActivationID][]string{}
	if len(page) == 0 {
		return names, nil
	}
	rows, err := s.pages.Access(ctx, officeID, page)
	for _, row := range rows {
		id := collaboration.ActivationID(row.ActivationID)
		names[id] = append(names[id], row.EmployeeName)
	}
	for _, some := range names { // the databases order å and ä by bytes, or by their locale
		slices.SortStableFunc(some, func(a, b string) int { return strings.Compare(column.NameKey(a), column.NameKey(b)) })
	}
	return names, failure(err)
}

// maxOfCustomer bounds the activations of one customer: decades of a company.
const maxOfCustomer = 500

// ActivationsOf returns the activations of several customers, newest first.
func (s Lists) ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error) {
	ofOffice := map[string][]string{}
	for _, c := range customers {
		ofOffice[c.OfficeID] = append(ofOffice[c.OfficeID], c.CustomerID)
	}
	var all []collaboration.Activation
	for office, ids := range ofOffice {
		page, err := toActivations(s.pages.Activations(ctx, office, ids, maxOfCustomer))
		if err != nil {
			return nil, failure(err)
		}
		all = append(all, page...)
	}
	slices.SortFunc(all, func(a, b collaboration.Activation) int {
		if c := b.RequestedAt.Compare(a.RequestedAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	return all, nil
}
