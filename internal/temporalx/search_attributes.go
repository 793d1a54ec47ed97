package temporalx

import (
	"crypto/sha256"
	"encoding/hex"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// The search attributes of the workflow executions. They hold opaque ids, states and
// dates only, because Temporal stores search attributes unencrypted.
var (
	OfficeKey       = temporal.NewSearchAttributeKeyKeyword(SearchOffice)
	CustomerKey     = temporal.NewSearchAttributeKeyKeyword(SearchCustomer)
	SolutionKey     = temporal.NewSearchAttributeKeyKeyword(SearchSolution)
	StateKey        = temporal.NewSearchAttributeKeyKeyword(SearchState)
	PhaseKey        = temporal.NewSearchAttributeKeyKeyword(SearchPhase)
	AgreementEndKey = temporal.NewSearchAttributeKeyTime(SearchAgreementEnd)
)

// SearchAttributeTypes returns the type of each search attribute by its name, as a
// namespace must have them registered.
func SearchAttributeTypes() map[string]enums.IndexedValueType {
	types := map[string]enums.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{OfficeKey, CustomerKey, SolutionKey, StateKey, PhaseKey, AgreementEndKey} {
		types[key.GetName()] = key.GetValueType()
	}
	return types
}

// SubjectAttributes returns the search attributes of an execution that concerns a
// subject: its office, customer and solution.
func SubjectAttributes(s collaboration.Subject) []temporal.SearchAttributeUpdate {
	return []temporal.SearchAttributeUpdate{
		OfficeKey.ValueSet(s.OfficeID), CustomerKey.ValueSet(s.CustomerID), SolutionKey.ValueSet(s.SolutionID),
	}
}

// StatusAttributes returns the search attributes of an activation's status. Without an
// agreement (nil) there is no end of a term.
func StatusAttributes(s collaboration.State, p collaboration.Phase, a *collaboration.Agreement) []temporal.SearchAttributeUpdate {
	updates := []temporal.SearchAttributeUpdate{StateKey.ValueSet(string(s)), PhaseKey.ValueSet(string(p))}
	if a != nil {
		updates = append(updates, AgreementEndKey.ValueSet(a.Ends()))
	}
	return updates
}

// maxFairnessKey is Temporal's limit, in bytes.
const maxFairnessKey = 64

// PriorityOf returns the priority of an office's executions. Its fairness key is the office:
// a task queue with fairness dispatches the waiting tasks of the offices in turn.
func PriorityOf(office string) temporal.Priority {
	if len(office) > maxFairnessKey {
		sum := sha256.Sum256([]byte(office))
		office = hex.EncodeToString(sum[:maxFairnessKey/2])
	}
	return temporal.Priority{FairnessKey: office}
}
