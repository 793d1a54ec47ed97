package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/time/rate"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// Selection selects workflow executions, by ID or by a search.
type Selection struct {
	// IDs are the IDs of activations or workflows. They replace the search.
	IDs []string
	// Query is a visibility query. Query, Office, States and Phases narrow the search.
	Query  string
	Office string
	States []string
	Phases []string
	// Limit is the maximum number of executions; 0 for all.
	Limit int
}

// Validate returns an error if the selection is invalid.
func (s Selection) Validate() error {
	if len(s.IDs) > 0 && !s.withoutIDs().IsUnlimited() {
		return errors.New("IDs cannot be combined with --query, --office, --state or --phase")
	}
	if strings.ContainsAny(s.Office, `'\`) {
		return errors.New("an office's ID has no quotes")
	}
	for _, state := range s.States {
		if !slices.Contains(collaboration.States(), collaboration.State(state)) {
			return fmt.Errorf("unknown state: %s", state)
		}
	}
	for _, phase := range s.Phases {
		if !slices.Contains(collaboration.Phases(), collaboration.Phase(phase)) {
			return fmt.Errorf("unknown phase: %s", phase)
		}
	}
	return nil
}

func (s Selection) withoutIDs() Selection {
	s.IDs = nil
	return s
}

// IsUnlimited reports whether the selection has no criterion.
func (s Selection) IsUnlimited() bool {
	return len(s.IDs) == 0 && s.Query == "" && s.Office == "" && len(s.States)+len(s.Phases) == 0
}

// query returns the visibility query for Countersign's workflows with one of the statuses.
func (s Selection) query(statuses ...Status) string {
	var quoted []string
	for _, status := range statuses {
		quoted = append(quoted, "'"+string(status)+"'")
	}
	q := fmt.Sprintf("WorkflowType IN ('%s', '%s', '%s', '%s', '%s', '%s', '%s') AND ExecutionStatus IN (%s)",
		temporalx.ActivationWorkflowType, temporalx.NotificationWorkflowType, temporalx.DirectoryMailWorkflowType, temporalx.AccessWorkflowType, temporalx.BatchWorkflowType, temporalx.WebhookWorkflowType, temporalx.RetentionWorkflowType,
		strings.Join(quoted, ", "))
	if s.Office != "" {
		q += fmt.Sprintf(" AND %s = '%s'", temporalx.OfficeKey.GetName(), s.Office)
	}
	if len(s.States) > 0 {
		q += fmt.Sprintf(" AND %s IN ('%s')", temporalx.StateKey.GetName(), strings.Join(s.States, "', '"))
	}
	if len(s.Phases) > 0 {
		q += fmt.Sprintf(" AND %s IN ('%s')", temporalx.PhaseKey.GetName(), strings.Join(s.Phases, "', '"))
	}
	if s.Query != "" {
		q += " AND (" + s.Query + ")"
	}
	return q
}

// each describes every selected execution once and passes it to visit. An execution that
// cannot be described has its known IDs only.
func (s Selection) each(ctx context.Context, c Client, limit *rate.Limiter, visit func(Execution, error) error, statuses ...Status) error {
	seen := map[string]bool{}
	describe := func(id string) error {
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
		x, err := c.Describe(ctx, workflow)
		if ctx.Err() != nil { // the operator stopped the job
			return ctx.Err()
		}
		if err == nil && x.Activation == "" { // encrypted; the workflow rejects commands for another activation
			x.Activation = activation
		}
		if err == nil && activation != "" && x.Activation != activation {
			err = fmt.Errorf("%s has a later activation, %s", workflow, x.Activation)
		}
		if err != nil {
			x = Execution{ID: workflow, Activation: activation}
		}
		return visit(x, err)
	}
	for _, id := range s.IDs {
		if err := describe(id); err != nil {
			return err
		}
	}
	if len(s.IDs) > 0 {
		return nil
	}
	for id, err := range c.Find(ctx, s.query(statuses...)) {
		if err != nil {
			return err
		}
		if s.Limit > 0 && len(seen) == s.Limit && !seen[id] {
			return nil
		}
		if err := describe(id); err != nil {
			return err
		}
	}
	return nil
}
