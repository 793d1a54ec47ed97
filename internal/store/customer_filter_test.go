package store_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
)

// TestCustomers_Filter compares each filter, in pages of two, with a scan of all
// customers.
func TestCustomers_Filter(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		waiting, running, over := orderFor("c-1003"), orderFor("c-1004"), orderFor("c-1005")
		other := orderFor("c-1003")
		other.SolutionID = "another"
		other.Activation = collaboration.NewActivationID(office, other.CustomerID, other.SolutionID)
		b.opened(t, waiting)
		b.opened(t, other)
		b.opened(t, over)
		must(t, b.CloseActivation(ctx, closing(over, collaboration.Withdrawn)))
		b.active(t, running)
		state := map[string]collaboration.Sharing{"c-1003": collaboration.Waiting, "c-1004": collaboration.Shared}
		for name, f := range map[string]collaboration.CustomerFilter{
			"none of a solution":   {SolutionID: solution, Sharing: collaboration.NotShared},
			"none of any":          {Sharing: collaboration.NotShared},
			"waiting":              {SolutionID: solution, Sharing: collaboration.Waiting},
			"waiting for anything": {Sharing: collaboration.Waiting},
			"running":              {SolutionID: solution, Sharing: collaboration.Shared},
			"running anything":     {Sharing: collaboration.Shared},
			"of nothing known":     {SolutionID: "unknown", Sharing: collaboration.NotShared},
			"a solution alone":     {SolutionID: solution},
			"my tasks":             {TaskOwnerID: "emp-nils"},
			"nobody's tasks":       {TaskOwnerID: "emp-nobody"},
			"all at once":          {TaskOwnerID: "emp-maja", SolutionID: solution, Sharing: collaboration.NotShared, Query: "ab"},
		} {
			var want, got []string
			for _, c := range b.allCustomers(t, office, f.Query, 500) {
				sharing, ok := state[c.ID]
				if !ok || f.SolutionID == "unknown" {
					sharing = collaboration.NotShared
				}
				mine := slices.ContainsFunc(c.OpenTasks(), func(t collaboration.Task) bool { return t.OwnerID == f.TaskOwnerID })
				if (f.Sharing == "" || f.Sharing == sharing) && (f.TaskOwnerID == "" || mine) {
					want = append(want, c.ID)
				}
			}
			f.Page.Limit = 2
			for range 20 {
				page, next, err := b.Customers(ctx, office, f)
				must(t, err)
				for _, c := range page {
					got = append(got, c.ID)
					if one := b.customer(t, c.ID); len(one.Tasks) != len(c.Tasks) || len(one.Administrators) != len(c.Administrators) {
						t.Errorf("%s: %s is incomplete: %+v", name, c.ID, c)
					}
				}
				if f.Page.After = next; next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
		b.wantLive(t, waiting, other, running)
	})
}

func startOfTerm(a *collaboration.Agreement) string {
	if a == nil {
		return "no agreement"
	}
	return a.TermStartsOn().String()
}

// wantLive compares LiveActivations for a list of all customers and for each customer
// alone.
func (b backend) wantLive(t *testing.T, orders ...collaboration.Order) {
	t.Helper()
	all := b.allCustomers(t, office, "", 500)
	live, err := b.LiveActivations(ctx, office, all)
	must(t, err)
	var got, want []string
	for _, l := range live {
		got = append(got, l.CustomerID+" "+l.SolutionID+" "+string(l.Activation)+" "+string(l.State)+" "+startOfTerm(l.Agreement))
	}
	for _, o := range orders {
		want = append(want, o.CustomerID+" "+o.SolutionID+" "+string(o.Activation)+" "+string(b.record(t, o.Activation).State)+" "+startOfTerm(b.record(t, o.Activation).Agreement))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("live:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range all {
		some, err := b.LiveActivations(ctx, office, []collaboration.Customer{c})
		if err != nil || slices.ContainsFunc(some, func(l collaboration.LiveActivation) bool { return l.CustomerID != c.ID }) {
			t.Errorf("of %s: %+v, %v", c.ID, some, err)
		}
	}
	if none, err := b.LiveActivations(ctx, "office-2", all); err != nil || len(none) != 0 {
		t.Errorf("another office sees %+v, %v", none, err)
	}
	if none, err := b.LiveActivations(ctx, office, nil); err != nil || len(none) != 0 {
		t.Errorf("of no customer: %+v, %v", none, err)
	}
}

func TestEmployees_OrderedByName(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		all, err := b.Employees(ctx, office)
		if err != nil || len(all) != 2 || all[0].Name != "Maja Ekström" || all[1].ID != "emp-nils" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
