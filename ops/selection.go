package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/time/rate"

	"countersign/collaboration"
)

// Selection says which runs.
type Selection struct {
	// IDs are activations' or workflows'. Where there are any, nothing is
	// searched for.
	IDs []string
	// Query, in the engine's own words, Office and States narrow a search.
	Query  string
	Office string
	States []string
	// Limit ends a search after so many runs; 0 for all.
	Limit int
}

// Check says what is wrong with a selection.
func (s Selection) Check() error {
	if len(s.IDs) > 0 && (s.Query != "" || s.Office != "" || len(s.States) > 0) {
		return errors.New("name runs, or search for them: not both")
	}
	if strings.ContainsAny(s.Office, `'\`) {
		return errors.New("an office's id has no quotes")
	}
	for _, state := range s.States {
		if !known(state) {
			return fmt.Errorf("no such state: %s", state)
		}
	}
	return nil
}

// Everything reports whether nothing narrows it.
func (s Selection) Everything() bool {
	return len(s.IDs) == 0 && s.Query == "" && s.Office == "" && len(s.States) == 0
}

func known(state string) bool {
	for _, s := range collaboration.States() {
		if string(s) == state {
			return true
		}
	}
	return false
}

// query is the search, of our own workflows with one of the statuses.
func (s Selection) query(statuses ...Status) string {
	var quoted []string
	for _, status := range statuses {
		quoted = append(quoted, "'"+string(status)+"'")
	}
	q := fmt.Sprintf("WorkflowType IN ('%s', '%s', '%s', '%s') AND ExecutionStatus IN (%s)",
		collaboration.WorkflowType, collaboration.LetterWorkflowType, collaboration.BatchWorkflowType, collaboration.WebhookWorkflowType,
		strings.Join(quoted, ", "))
	if s.Office != "" {
		q += fmt.Sprintf(" AND %s = '%s'", collaboration.SearchOffice, s.Office)
	}
	if len(s.States) > 0 {
		q += fmt.Sprintf(" AND %s IN ('%s')", collaboration.SearchState, strings.Join(s.States, "', '"))
	}
	if s.Query != "" {
		q += " AND (" + s.Query + ")"
	}
	return q
}

// each looks at every run that is selected, once. look is given what is known
// of a run that could not be looked at.
func (s Selection) each(ctx context.Context, e Engine, limit *rate.Limiter, look func(Run, error) error, statuses ...Status) error {
	seen := map[string]bool{}
	visit := func(id string) error {
		workflow, activation := id, collaboration.ActivationID("")
		if parsed, err := collaboration.ParseActivationID(id); err == nil {
			workflow, activation = parsed.WorkflowID(), parsed
		}
		if seen[workflow] {
			return nil
		}
		seen[workflow] = true
		if err := limit.Wait(ctx); err != nil {
			return err
		}
		r, err := e.Look(ctx, workflow)
		if ctx.Err() != nil { // stopped: no fault of the run's
			return ctx.Err()
		}
		if err == nil && r.Activation == "" { // it is encrypted, and refuses a message to another one
			r.Activation = activation
		}
		if err == nil && activation != "" && r.Activation != activation {
			err = fmt.Errorf("%s carries a later activation, %s", workflow, r.Activation)
		}
		if err != nil {
			r = Run{ID: workflow, Activation: activation}
		}
		return look(r, err)
	}
	for _, id := range s.IDs {
		if err := visit(id); err != nil {
			return err
		}
	}
	if len(s.IDs) > 0 {
		return nil
	}
	for id, err := range e.Find(ctx, s.query(statuses...)) {
		if err != nil {
			return err
		}
		if s.Limit > 0 && len(seen) == s.Limit && !seen[id] {
			return nil
		}
		if err := visit(id); err != nil {
			return err
		}
	}
	return nil
}
