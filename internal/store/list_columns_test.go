package store_test

import (
	"fmt"
	"slices"
	"testing"

	"countersign/collaboration"
)

// TestActivations_OrderedByEnd lists by the earliest end, in pages, for each filter.
func TestActivations_OrderedByEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var orders []collaboration.Order
		for n := range 6 {
			o := orderFor("c-1006")
			o.SolutionID = fmt.Sprintf("s-%d", n)
			o.Activation = collaboration.NewActivationID(office, o.CustomerID, o.SolutionID)
			o.TaskID = []string{"t-1006-1", "t-1006-3"}[n%2]
			o.RequestedBy = []string{"emp-maja", "emp-nils"}[n/3]
			b.invited(t, o)
			s := approval(o)
			s.Agreement.StartsOn = s.Agreement.StartsOn.AddMonths(4 - n/2) // pairs share a day
			if n < 5 {
				must(t, b.approve(ctx, s))
			}
			orders = append(orders, o)
		}
		august := collaboration.Date{Year: 2027, Month: 8, Day: 2}
		for name, tt := range map[string]struct {
			filter collaboration.ActivationFilter
			want   []int
		}{
			"all":             {collaboration.ActivationFilter{}, []int{4, 2, 3, 0, 1}},
			"before that day": {collaboration.ActivationFilter{EndsBefore: collaboration.Date{Year: 2027, Month: 8, Day: 1}}, []int{4, 2, 3}},
			"an owner":        {collaboration.ActivationFilter{TaskOwnerID: "emp-nils"}, []int{3, 1}},
			"a task":          {collaboration.ActivationFilter{TaskID: "t-1006-1"}, []int{4, 2, 0}},
			"a sender":        {collaboration.ActivationFilter{RequestedBy: "emp-maja"}, []int{2, 0, 1}},
			"a solution":      {collaboration.ActivationFilter{SolutionID: "s-3"}, []int{3}},
			"no customer":     {collaboration.ActivationFilter{CustomerID: "c-1001"}, nil},
			"running ones":    {collaboration.ActivationFilter{Phases: collaboration.Active.Phases()}, []int{4, 2, 3, 0, 1}},
			"active ones":     {collaboration.ActivationFilter{Phases: []collaboration.Phase{collaboration.PhaseActive}}, []int{4, 2, 3, 0, 1}},
			"terminated ones": {collaboration.ActivationFilter{Phases: []collaboration.Phase{collaboration.PhaseTerminated}}, nil},
			"ended ones":      {collaboration.ActivationFilter{Phases: collaboration.Ended.Phases()}, nil},
		} {
			f := tt.filter
			if f.EndsBefore.IsZero() {
				f.EndsBefore = august
			}
			f.Page.Limit = 2
			var got, want []string
			for range 5 {
				page, next, err := b.Activations(ctx, office, f)
				must(t, err)
				for _, r := range page {
					got = append(got, r.Agreement.EndsOn().String()+string(r.ID))
				}
				if f.Page.After = next; next == "" {
					break
				}
			}
			for _, n := range tt.want {
				r := b.record(t, orders[n].Activation)
				want = append(want, r.Agreement.EndsOn().String()+string(r.ID))
			}
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Errorf("%s: got %v\nwant %v", name, got, want)
			}
		}
		_, _, err := b.Activations(ctx, "office-2", collaboration.ActivationFilter{EndsBefore: august, Page: collaboration.Page{After: string(orders[0].Activation)}})
		wantCode(t, err, collaboration.CodeInvalidRequest)
	})
}

// TestActivations_ListEveryPhase: the branches of the view have each activation once.
func TestActivations_ListEveryPhase(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		for n, phase := range collaboration.Phases() {
			o := orderFor("c-1004")
			o.SolutionID = fmt.Sprintf("s-%d", n)
			o.Activation = collaboration.NewActivationID(office, o.CustomerID, o.SolutionID)
			b.opened(t, o)
			state := slices.IndexFunc(collaboration.States(), func(s collaboration.State) bool { return slices.Contains(s.Phases(), phase) })
			must(t, b.exec(fmt.Sprintf("UPDATE activations SET state = '%s', will_start = %t, is_terminated = %t WHERE id = '%s'",
				collaboration.States()[state], phase == collaboration.PhaseStarts, phase == collaboration.PhaseTerminated, o.Activation)))
			for name, f := range map[string]collaboration.ActivationFilter{
				"office": {}, "solution": {SolutionID: o.SolutionID}, "customer": {CustomerID: o.CustomerID}, "task": {TaskID: o.TaskID}, "owner": {TaskOwnerID: "emp-maja"}, "sender": {RequestedBy: o.RequestedBy},
			} {
				f.Phases = []collaboration.Phase{phase}
				page, _, err := b.Activations(ctx, office, f)
				if err != nil || len(page) != 1 || page[0].ID != o.Activation {
					t.Errorf("list by %s, %s: %d rows, %v", name, phase, len(page), err)
				}
			}
		}
		if all, _, err := b.Activations(ctx, office, collaboration.ActivationFilter{}); err != nil || len(all) != len(collaboration.Phases()) {
			t.Errorf("%d rows, %v", len(all), err)
		}
	})
}

// TestListColumns_FollowAgreement: the columns for ordering copy values of a JSON
// column. A step that changes the agreement updates them; other steps do not.
func TestListColumns_FollowAgreement(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		days := func() (got string) {
			must(t, b.raw.QueryRow("SELECT COALESCE(CAST(ends_on AS TEXT), '') || ' ' || CAST(continues AS TEXT) || ' ' || phase || ' ' || COALESCE(CAST(decided_on AS TEXT), '') FROM activations").Scan(&got))
			return got
		}
		yes, no := "true", "false"
		if b.sqlite() {
			yes, no = "1", "0"
		}
		o := b.invited(t, orderFor("c-1004"))
		if got, want := days(), " "+no+" awaiting_approval "; got != want {
			t.Errorf("invited: %q, want %q", got, want)
		}
		must(t, b.RecordApproval(ctx, approval(o)))
		if got, want := days(), "2027-04-01 "+yes+" starts 2026-03-10"; got != want {
			t.Errorf("approved: %q, want %q", got, want)
		}
		must(t, b.StartAgreement(ctx, startOf(approval(o))))
		if got, want := days(), "2027-04-01 "+yes+" active 2026-03-10"; got != want {
			t.Errorf("started: %q, want %q", got, want)
		}
		must(t, b.RenewAgreement(ctx, renewal(o)))
		must(t, b.RecordAgreement(ctx, notice(o, renewal(o).Agreement)))
		want := "2028-04-01 " + no + " terminated 2026-03-10"
		if got := days(); got != want {
			t.Errorf("notice: %q, want %q", got, want)
		}
		_, err := b.BeginMail(ctx, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationNotice, At: noon}, "")
		must(t, err)
		if got := days(); got != want {
			t.Errorf("after a notification: %q, want %q", got, want)
		}
	})
}
