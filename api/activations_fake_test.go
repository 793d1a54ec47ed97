package api_test

import (
	"context"
	"slices"
	"time"

	"countersign/collaboration"
)

func (f facts) LiveActivations(_ context.Context, officeID string, page []collaboration.Customer) (live []collaboration.LiveActivation, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.records {
		on := func(c collaboration.Customer) bool { return c.ID == r.CustomerID }
		if r.OfficeID == officeID && r.State.IsLive() && slices.ContainsFunc(page, on) {
			live = append(live, collaboration.LiveActivation{Activation: r.ID, CustomerID: r.CustomerID, SolutionID: r.SolutionID, State: r.State, Agreement: r.Agreement})
		}
	}
	return live, f.called("LiveActivations")
}

func (f facts) Activations(_ context.Context, officeID string, filter collaboration.ActivationFilter) ([]collaboration.Activation, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filter = filter
	var found []collaboration.Activation
	for _, r := range f.records {
		if r.OfficeID == officeID {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Activation) int { return b.RequestedAt.Compare(a.RequestedAt) })
	return found, f.next, f.called("Activations")
}

func (f facts) Overview(context.Context, string, time.Time) (collaboration.Overview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.overview, f.called("Overview")
}

func (f facts) Activation(_ context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.onLook != nil {
		f.onLook()
	}
	r, ok := f.records[id]
	if err := f.called("Activation"); err != nil {
		return r, err
	}
	if !ok {
		return r, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return r, nil
}

func (f facts) RequestInvitation(_ context.Context, id collaboration.ActivationID, _ string, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.records[id]
	if r.AskedAgainAt.IsZero() {
		r.AskedAgainAt = now
	}
	f.records[id] = r
	return f.called("RequestInvitation")
}

func (f facts) ActivationsOf(_ context.Context, customers []collaboration.Administration) ([]collaboration.Activation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Activation
	for _, r := range f.records {
		if slices.ContainsFunc(customers, func(a collaboration.Administration) bool {
			return a.CustomerID == r.CustomerID && a.OfficeID == r.OfficeID
		}) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Activation) int { return b.RequestedAt.Compare(a.RequestedAt) })
	return found, f.called("ActivationsOf")
}

func (f facts) LiveActivation(context.Context, string, string, string) (collaboration.ActivationID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live, f.called("LiveActivation")
}

func (f facts) Events(_ context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Event
	for _, e := range f.events[id] {
		if e.Sequence > after {
			found = append(found, e)
		}
	}
	return found, f.called("Events")
}

// Audit returns one row, with characters that JSON may escape.
func (f facts) Audit(_ context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	row := collaboration.AuditRow{Sequence: 1, Key: "requested", Action: collaboration.ActionRequested, By: "emp-maja", At: time.Unix(0, 1000).UTC(), Detail: "{}", Previous: collaboration.Genesis(id)}
	row.Commit(`{"name":"Åsa <&>\u2028"}`)
	row.Hash = row.ComputeHash(id)
	return collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, LastHash: row.Hash, Rows: []collaboration.AuditRow{row}}, f.called("Audit")
}

func (f facts) Access(context.Context, collaboration.ActivationID) ([]string, error) {
	return []string{"emp-maja", "emp-nils"}, nil
}

func (f facts) AccessOn(_ context.Context, _ string, page []collaboration.Activation) (map[collaboration.ActivationID][]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := map[collaboration.ActivationID][]string{}
	for _, r := range page {
		names[r.ID] = []string{maja.Name, nils.Name}
	}
	return names, f.called("AccessOn")
}
