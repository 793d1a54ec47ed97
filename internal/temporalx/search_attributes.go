package temporalx

import (
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
