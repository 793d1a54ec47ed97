package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Activation is one activation by its id; the caller checks the office.
func (s *Store) Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Record, error) {
	row, err := s.read.ActivationRecord(ctx, string(id))
	if err != nil {
		return collaboration.Record{}, missing(err, collaboration.CodeActivationNotFound)
	}
	r, err := record(row)
	return r, failure(err)
}

// LiveActivation is the one that stands in the way of another; "" for none.
func (s *Store) LiveActivation(ctx context.Context, officeID, customerID, solutionID string) (collaboration.ActivationID, error) {
	id, err := s.read.LiveActivation(ctx, db.LiveActivationParams{OfficeID: officeID, CustomerID: customerID, SolutionID: solutionID})
	return collaboration.ActivationID(id), orNone(err)
}

// Events are an activation's audit after a sequence number, in order.
func (s *Store) Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	rows, err := s.read.Events(ctx, db.EventsParams{ActivationID: string(id), After: after})
	if err != nil {
		return nil, failure(err)
	}
	events := make([]collaboration.Event, len(rows))
	for i, r := range rows {
		events[i] = collaboration.Event{
			Activation: id, Sequence: r.Sequence, Action: collaboration.Action(r.Action),
			By: r.Actor, At: r.HappenedAt.UTC(), Detail: r.Detail, Hash: r.Hash,
		}
	}
	return events, nil
}

// Activations is one page of an office's activations: newest first, but for
// those that end before a day.
func (s *Store) Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) ([]collaboration.Record, string, error) {
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
	page, err := records(rows, nil)
	return page, next, failure(err)
}

func (s *Store) newestActivations(ctx context.Context, officeID string, f collaboration.ActivationFilter, limit int) ([]db.ActivationRecord, error) {
	before, err := s.activationCursor(ctx, officeID, f.Page.After)
	if err != nil {
		return nil, err
	}
	return s.activationRows(ctx, officeID, f, before, limit)
}

// endingActivations are in the order of the days they end on.
func (s *Store) endingActivations(ctx context.Context, officeID string, f collaboration.ActivationFilter, limit int) ([]db.ActivationRecord, error) {
	if len(f.States) > 0 && !slices.Contains(f.States, collaboration.Active) {
		return nil, nil
	}
	after, err := "0", error(nil) // no day is before it, and what has no day is
	if f.Page.After != "" {
		after, err = s.read.EndingCursor(ctx, db.EndingCursorParams{ID: f.Page.After, OfficeID: officeID})
	}
	if err != nil {
		return nil, noCursor(err)
	}
	return s.read.ActivationsEnding(ctx, db.ActivationsEndingParams{
		OfficeID: officeID, EndsBefore: f.EndsBefore.String(), AfterDay: after, AfterID: f.Page.After, CustomerID: f.CustomerID, TaskID: f.TaskID,
		SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy, MaxRows: int32(limit),
	})
}

// position is the last row of the page before.
type position struct {
	at time.Time
	id string
}

// activationCursor finds the row that an id stands for. The id alone is the
// cursor, so that nothing personal gets into a URL.
func (s *Store) activationCursor(ctx context.Context, officeID, after string) (position, error) {
	if after == "" {
		return position{at: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
	}
	at, err := s.read.ActivationCursor(ctx, db.ActivationCursorParams{ID: after, OfficeID: officeID})
	return position{utc(at), after}, noCursor(err)
}

// activationRows reads by the narrowest index there is for the filter. A query
// has one state: of each it reads a page at most, however many there are.
func (s *Store) activationRows(ctx context.Context, officeID string, f collaboration.ActivationFilter, p position, limit int) ([]db.ActivationRecord, error) {
	switch states := f.States; {
	case f.CustomerID != "":
		return s.read.ActivationsOfCustomer(ctx, db.ActivationsOfCustomerParams{
			OfficeID: officeID, CustomerID: f.CustomerID, TaskID: f.TaskID, SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy,
			States: listed(states), Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
		})
	case f.TaskID != "":
		return s.read.ActivationsOfTask(ctx, db.ActivationsOfTaskParams{
			OfficeID: officeID, TaskID: f.TaskID, SolutionID: f.SolutionID, TaskOwnerID: f.TaskOwnerID, RequestedBy: f.RequestedBy,
			States: listed(states), Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
		})
	case f.TaskOwnerID != "":
		return eachState(states, limit, func(state string) ([]db.ActivationRecord, error) {
			return s.read.ActivationsOfTaskOwner(ctx, db.ActivationsOfTaskOwnerParams{
				OfficeID: officeID, TaskOwnerID: f.TaskOwnerID, SolutionID: f.SolutionID, RequestedBy: f.RequestedBy, State: state, Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
			})
		})
	case f.RequestedBy != "":
		return eachState(states, limit, func(state string) ([]db.ActivationRecord, error) {
			return s.read.ActivationsOfSender(ctx, db.ActivationsOfSenderParams{
				OfficeID: officeID, RequestedBy: f.RequestedBy, SolutionID: f.SolutionID, State: state, Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
			})
		})
	case f.SolutionID != "":
		return eachState(states, limit, func(state string) ([]db.ActivationRecord, error) {
			return s.read.ActivationsOfSolution(ctx, db.ActivationsOfSolutionParams{
				OfficeID: officeID, SolutionID: f.SolutionID, State: state, Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
			})
		})
	default:
		return eachState(states, limit, func(state string) ([]db.ActivationRecord, error) {
			return s.read.ActivationsInState(ctx, db.ActivationsInStateParams{
				OfficeID: officeID, State: state, Before: p.at, BeforeID: p.id, MaxRows: int32(limit),
			})
		})
	}
}

// eachState merges the first rows of every state, all of them for none.
func eachState(states []collaboration.State, limit int, read func(state string) ([]db.ActivationRecord, error)) ([]db.ActivationRecord, error) {
	if len(states) == 0 {
		states = collaboration.States()
	}
	var merged []db.ActivationRecord
	for _, state := range slices.Compact(slices.Sorted(slices.Values(states))) {
		rows, err := read(string(state))
		if err != nil {
			return nil, err
		}
		merged = append(merged, rows...)
	}
	slices.SortFunc(merged, func(a, b db.ActivationRecord) int {
		if c := b.RequestedAt.Compare(a.RequestedAt); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return merged[:min(limit, len(merged))], nil
}

// listed writes states so that LIKE '%,state,%' finds one of them; "" for none.
func listed(states []collaboration.State) string {
	var b strings.Builder
	for _, s := range states {
		b.WriteString("," + string(s))
	}
	if b.Len() > 0 {
		b.WriteString(",")
	}
	return b.String()
}
