package message_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func approval() collaboration.Decision {
	return collaboration.Decision{
		ID: "d-1", Activation: "a", Generation: 1, By: "admin-1", Outcome: collaboration.Approve, Offer: &collaboration.Offer{TermsVersion: "1", TermsHash: "hash"},
	}
}

// Validate reports every invalid field at once.
func TestCommand_ValidateReportsInvalidFields(t *testing.T) {
	t.Parallel()
	of := func(kind collaboration.Command, c message.Command) message.Command {
		c.ID, c.By, c.Kind, c.Activation = "c-1", "emp-1", kind, "a"
		return c
	}
	unknown := approval()
	unknown.Outcome, unknown.Offer = "maybe", nil
	for name, tt := range map[string]struct {
		c    message.Command
		want string
	}{
		"approve":       {message.Decide(approval()), ""},
		"withdraw":      {of(collaboration.CommandWithdraw, message.Command{}), ""},
		"resend":        {of(collaboration.CommandResend, message.Command{}), ""},
		"revoke notice": {of(collaboration.CommandRevokeNotice, message.Command{}), ""},
		"correct":       {of(collaboration.CommandCorrect, message.Command{Email: "ny@kund.example"}), ""},
		"forward":       {of(collaboration.CommandForward, message.Command{Administrator: "a-2"}), ""},
		"hand on": {of(collaboration.CommandHandOn, message.Command{HandOn: &message.HandOn{
			Colleague: collaboration.Contact{Name: "Per Öberg", Email: "per@kund.example", Phone: "070-123 45 67"}}}), ""},
		"no colleague":        {of(collaboration.CommandHandOn, message.Command{}), "hand_on required"},
		"an empty colleague":  {of(collaboration.CommandHandOn, message.Command{HandOn: &message.HandOn{}}), "name required, email required, phone required"},
		"end of term":         {of(collaboration.CommandEnd, message.Command{End: &message.End{When: collaboration.EndOfTerm}}), ""},
		"report without by":   {message.Command{ID: "r", Activation: "a", Kind: collaboration.CommandReport, Report: &message.Report{}}, ""},
		"a long id":           {message.Command{ID: strings.Repeat("x", 201), By: "emp-1", Kind: collaboration.CommandResend}, "id too_long"},
		"empty":               {message.Command{}, "id required, kind invalid_choice, by required"},
		"an event":            {of(collaboration.EventCancelled, message.Command{}), "kind invalid_choice"},
		"no decision":         {of(collaboration.CommandDecide, message.Command{}), "decision required"},
		"unknown outcome":     {message.Decide(unknown), "outcome invalid_choice"},
		"no address":          {of(collaboration.CommandCorrect, message.Command{Email: "no-address"}), "email invalid_format"},
		"no administrator":    {of(collaboration.CommandForward, message.Command{}), "administrator required"},
		"no change":           {of(collaboration.CommandChange, message.Command{}), "change required"},
		"no report":           {of(collaboration.CommandReport, message.Command{}), "report required"},
		"no end":              {of(collaboration.CommandEnd, message.Command{}), "when required"},
		"unknown time to end": {of(collaboration.CommandEnd, message.Command{End: &message.End{When: "sometime"}}), "when invalid_choice"},
		"end without a date":  {of(collaboration.CommandEnd, message.Command{End: &message.End{When: collaboration.EndOnDate}}), "on required"},
		"invalid terms":       {of(collaboration.CommandChange, message.Command{Change: &collaboration.Change{InvoiceRecipient: "me", AgreementMonths: 5}}), "invoice_recipient invalid_choice, agreement_months invalid_choice"},
	} {
		var got []string
		var invalid *collaboration.Error
		if err := tt.c.Validate(); errors.As(err, &invalid) {
			for _, f := range invalid.Fields {
				got = append(got, fmt.Sprintf("%s %s", f.Field, f.Code))
			}
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, ", "), tt.want)
		}
	}
}

// The pending commands of a full state fit into the maximum payload of Temporal.
func TestState_IsFullBelowThePayloadLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]message.Command{
		"change": {ID: strings.Repeat("i", 32), Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandChange, By: "emp-1", At: time.Now(),
			Change: &collaboration.Change{TaskID: strings.Repeat("t", 26), InvoiceRecipient: collaboration.PaidByCustomer}},
		"correct": {ID: strings.Repeat("i", 200), Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandCorrect, By: strings.Repeat("b", 200), At: time.Now(),
			Email: strings.Repeat("e", 254)},
		"correct, long address": {ID: "i", Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandCorrect, By: "b", At: time.Now(),
			Email: strings.Repeat("e", 254)},
		"forward, long id": {ID: "i", Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandForward, By: "b", At: time.Now(),
			Administrator: strings.Repeat("a", 200)},
		"hand on, long values": {ID: strings.Repeat("i", 200), Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandHandOn, By: "b", At: time.Now(), Administrator: strings.Repeat("a", 32),
			HandOn: &message.HandOn{Colleague: collaboration.Contact{Name: strings.Repeat("å", 100), Email: strings.Repeat("e", 254), Phone: strings.Repeat("1", 20)}, Generation: 1000}},
		"revoke notice, long ids": {ID: strings.Repeat("i", 200), Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandRevokeNotice, By: strings.Repeat("b", 200), At: time.Now()},
		"change, long task id": {ID: "i", Activation: "xdrxgn4373cb7sd59k1c-12q3a17c9rprdnnv", Kind: collaboration.CommandChange, By: "b", At: time.Now(),
			Change: &collaboration.Change{TaskID: strings.Repeat("t", 200), InvoiceRecipient: collaboration.PaidByCustomer}},
	} {
		s := message.NewState(collaboration.Order{Activation: "a"})
		for !s.IsFull() {
			s.Pending = append(s.Pending, slices.Repeat([]message.Command{c}, 10)...)
		}
		encoded, err := json.Marshal(s)
		if limit := 2 << 20; err != nil || len(encoded) > limit-(64<<10) {
			t.Errorf("%d pending commands (%s) are %d bytes, with a limit of %d (%v)", len(s.Pending), name, len(encoded), limit, err)
		}
		t.Logf("%s: full with %d commands", name, len(s.Pending))
	}
}

// The next execution receives the same state: no field is lost in the JSON.
func TestState_SurvivesJSON(t *testing.T) {
	t.Parallel()
	var s message.State
	fill(reflect.ValueOf(&s).Elem())
	encoded, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var decoded message.State
	if err := json.Unmarshal(encoded, &decoded); err != nil || !reflect.DeepEqual(s, decoded) {
		t.Errorf("%s\nbecame %+v (%v)", encoded, decoded, err)
	}
}

// fill sets every field to a value other than zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2027, 1, 31, 9, 30, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic("add the kind " + v.Kind().String())
	}
}

func TestNewState_HasCurrentRules(t *testing.T) {
	t.Parallel()
	s := message.NewState(collaboration.Order{Activation: "a"})
	if !reflect.DeepEqual(s.Rules, collaboration.CurrentRules()) || s.Status.Generation != 1 || s.Status.State != collaboration.Activating || s.Status.Activation != "a" {
		t.Errorf("a new state has %+v", s)
	}
}
