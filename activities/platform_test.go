package activities_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/collaboration/provisioning"
)

// otherSystem is a platform and the store beside it. It records the calls of both in
// their order.
type otherSystem struct {
	activities.PlatformStore
	calls []string
	keys  []string
	down  error // the error of the platform, if set
	// isShared is whether another activation needs the same administrator.
	isShared bool
	// isWaiting is true before the agreement has started.
	isWaiting bool
	scenario  collaboration.Scenario
}

func (o *otherSystem) platform(call string, s provisioning.Subject) error {
	o.calls, o.keys = append(o.calls, "platform: "+call), append(o.keys, s.Key)
	return o.down
}

func (o *otherSystem) store(call string) error {
	o.calls = append(o.calls, "store: "+call)
	return nil
}

func (o *otherSystem) Activate(_ context.Context, a provisioning.Activation) error {
	if a.Administrator != nil {
		return o.platform("administrator", a.Subject)
	}
	return o.platform("solution", a.Subject)
}
func (o *otherSystem) Grant(_ context.Context, g provisioning.Grant) error {
	return o.platform("grant", g.Subject)
}
func (o *otherSystem) Revoke(_ context.Context, r provisioning.Revocation) error {
	return o.platform("revoke "+string(r.Part), r.Subject)
}
func (o *otherSystem) End(_ context.Context, e provisioning.End) error {
	return o.platform("end", e.Subject)
}

func (o *otherSystem) Activation(_ context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	return collaboration.Activation{ID: id, State: collaboration.Active, Scenario: o.scenario, Agreement: &collaboration.Agreement{Started: !o.isWaiting}}, nil
}
func (o *otherSystem) CustomerNumber(context.Context, string) (collaboration.OrganisationNumber, error) {
	return "", nil
}
func (o *otherSystem) HasAdministratorOf(context.Context, string, collaboration.ActivationID) (bool, error) {
	return o.isShared, nil
}
func (o *otherSystem) TaskParticipants(context.Context, string) ([]string, error) { return nil, nil }

func (o *otherSystem) ActivateSolution(context.Context, collaboration.Order, time.Time) error {
	return o.store("solution")
}
func (o *otherSystem) CreateAdministrator(context.Context, collaboration.Order, time.Time) error {
	return o.store("administrator")
}
func (o *otherSystem) DeactivateSolution(context.Context, message.CompensationInput) error {
	return o.store("revoke solution")
}
func (o *otherSystem) RemoveAdministrator(context.Context, message.CompensationInput) error {
	return o.store("revoke administrator")
}
func (o *otherSystem) RecordApproval(context.Context, message.ApprovalInput) error {
	return o.store("approval")
}
func (o *otherSystem) StartAgreement(context.Context, message.StartInput) error {
	return o.store("grant")
}
func (o *otherSystem) TakeOver(context.Context, message.TakeOverInput) error {
	return o.store("grant")
}
func (o *otherSystem) ChangeActivation(context.Context, message.Command) error {
	return o.store("change")
}
func (o *otherSystem) EndCollaboration(context.Context, message.EndInput) error {
	return o.store("end")
}

func (o *otherSystem) HandOnInvitation(context.Context, message.Command) (string, error) {
	return "a-2", o.store("hand on")
}

// platformStep is a step that the platform takes part in, and its calls in order.
type platformStep struct {
	run   func(context.Context, activities.Store) error
	calls []string
}

func platformSteps() map[string]platformStep {
	order := collaboration.Order{Activation: "a-1", Contact: &collaboration.Contact{Name: "Anna"}}
	compensation := message.CompensationInput{Activation: "a-1"}
	return map[string]platformStep{
		"ActivateSolution": {func(ctx context.Context, s activities.Store) error {
			return s.ActivateSolution(ctx, order, time.Time{})
		}, []string{"platform: solution", "store: solution"}},
		"CreateAdministrator": {func(ctx context.Context, s activities.Store) error {
			return s.CreateAdministrator(ctx, order, time.Time{})
		}, []string{"platform: administrator", "store: administrator"}},
		"HandOnInvitation": {func(ctx context.Context, s activities.Store) error {
			_, err := s.HandOnInvitation(ctx, message.Command{ID: "c-1", Activation: "a-1", HandOn: &message.HandOn{Colleague: *order.Contact}})
			return err
		}, []string{"platform: administrator", "store: hand on"}},
		"DeactivateSolution": {func(ctx context.Context, s activities.Store) error {
			return s.DeactivateSolution(ctx, compensation)
		}, []string{"platform: revoke solution", "store: revoke solution"}},
		"StartAgreement": {func(ctx context.Context, s activities.Store) error {
			return s.StartAgreement(ctx, message.StartInput{Activation: "a-1"})
		}, []string{"platform: grant", "store: grant"}},
		"TakeOver": {func(ctx context.Context, s activities.Store) error {
			return s.TakeOver(ctx, message.TakeOverInput{Activation: "a-1"})
		}, []string{"platform: grant", "store: grant"}},
		"ChangeActivation": {func(ctx context.Context, s activities.Store) error {
			return s.ChangeActivation(ctx, message.Command{ID: "c-1", Activation: "a-1", Change: &collaboration.Change{TaskID: "t-2"}})
		}, []string{"platform: grant", "store: change"}},
		"EndCollaboration": {func(ctx context.Context, s activities.Store) error {
			return s.EndCollaboration(ctx, message.EndInput{Activation: "a-1"})
		}, []string{"platform: end", "store: end"}},
	}
}

// The platform acts before the store records the step, so the store never has what the
// platform refused. A retry uses the same key, so the platform acts once.
func TestOnPlatform_RecordsStepAfterPlatform(t *testing.T) {
	t.Parallel()
	for name, step := range platformSteps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &otherSystem{down: errors.New("down")}
			store := activities.OnPlatform(o, o)
			if err := step.run(t.Context(), store); !errors.Is(err, o.down) || !slices.Equal(o.calls, step.calls[:1]) {
				t.Errorf("while the platform is down: %v, calls %q", err, o.calls)
			}
			o.down, o.calls = nil, nil
			if err := step.run(t.Context(), store); err != nil || !slices.Equal(o.calls, step.calls) {
				t.Errorf("%v, calls %q, want %q", err, o.calls, step.calls)
			}
			if len(o.keys) != 2 || o.keys[0] != o.keys[1] || o.keys[0] == "" {
				t.Errorf("the keys of both attempts are %q", o.keys)
			}
		})
	}
}

// Before an agreement starts, the platform has no access to change; at its end, it has only
// the solution that this activation activated.
func TestOnPlatform_BeforeTheStart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		step     string
		scenario collaboration.Scenario
		want     []string
	}{
		"change":                       {"ChangeActivation", collaboration.OnPlatform, []string{"store: change"}},
		"end, the customer's solution": {"EndCollaboration", collaboration.HasSolution, []string{"store: end"}},
		"end, an activated solution":   {"EndCollaboration", collaboration.OnPlatform, []string{"platform: end", "store: end"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &otherSystem{isWaiting: true, scenario: tt.scenario}
			if err := platformSteps()[tt.step].run(t.Context(), activities.OnPlatform(o, o)); err != nil || !slices.Equal(o.calls, tt.want) {
				t.Errorf("%v, calls %q, want %q", err, o.calls, tt.want)
			}
		})
	}
}

// Only the store can decide whether another activation needs the same administrator, so
// it removes the administrator first.
func TestOnPlatform_RevokesAdministratorUnlessShared(t *testing.T) {
	t.Parallel()
	for isShared, want := range map[bool][]string{
		false: {"store: revoke administrator", "platform: revoke administrator"},
		true:  {"store: revoke administrator"},
	} {
		o := &otherSystem{isShared: isShared}
		err := activities.OnPlatform(o, o).RemoveAdministrator(t.Context(), message.CompensationInput{Activation: "a-1"})
		if err != nil || !slices.Equal(o.calls, want) {
			t.Errorf("shared %t: %v, calls %q, want %q", isShared, err, o.calls, want)
		}
	}
}

// A change of a running collaboration concerns the platform only if it changes the access or
// the invoice recipient.
func TestOnPlatform_RecordsOtherChangesAlone(t *testing.T) {
	t.Parallel()
	o := &otherSystem{}
	err := activities.OnPlatform(o, o).ChangeActivation(t.Context(), message.Command{ID: "c-1", Activation: "a-1", Change: &collaboration.Change{AgreementMonths: 3}})
	if err != nil || !slices.Equal(o.calls, []string{"store: change"}) {
		t.Errorf("%v, calls %q", err, o.calls)
	}
}
