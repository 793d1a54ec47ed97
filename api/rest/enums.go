package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"countersign/collaboration"
)

// The schemas of domain types that have a fixed set of values. The values stand in the
// domain only.
type (
	stateSchema            string
	phaseSchema            string
	scenarioSchema         string
	invoiceRecipientSchema string
	localeSchema           string
	outcomeSchema          string
	declineReasonSchema    string
	endPolicySchema        string
)

func (stateSchema) Schema(huma.Registry) *huma.Schema    { return enum(collaboration.States()...) }
func (phaseSchema) Schema(huma.Registry) *huma.Schema    { return enum(collaboration.Phases()...) }
func (scenarioSchema) Schema(huma.Registry) *huma.Schema { return enum(collaboration.Scenarios()...) }
func (invoiceRecipientSchema) Schema(huma.Registry) *huma.Schema {
	return enum(collaboration.InvoiceRecipients()...)
}
func (localeSchema) Schema(huma.Registry) *huma.Schema { return enum(collaboration.Locales()...) }
func (outcomeSchema) Schema(huma.Registry) *huma.Schema {
	return enum(collaboration.Approve, collaboration.Decline)
}
func (declineReasonSchema) Schema(huma.Registry) *huma.Schema {
	return enum(collaboration.DeclineReasons()...)
}

func (endPolicySchema) Schema(huma.Registry) *huma.Schema {
	return enum(collaboration.AllEndPolicies()...)
}

// registerEnums makes the registry use the schemas above.
func registerEnums(registry huma.Registry) {
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.State](), reflect.TypeFor[stateSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.Phase](), reflect.TypeFor[phaseSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.Scenario](), reflect.TypeFor[scenarioSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.InvoiceRecipient](), reflect.TypeFor[invoiceRecipientSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.Locale](), reflect.TypeFor[localeSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.Outcome](), reflect.TypeFor[outcomeSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.DeclineReason](), reflect.TypeFor[declineReasonSchema]())
	registry.RegisterTypeAlias(reflect.TypeFor[collaboration.EndPolicy](), reflect.TypeFor[endPolicySchema]())
}

func enum[T ~string](values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}
