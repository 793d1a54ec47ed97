package store_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
)

// pagePlans has, for each query of a page of customers, a pattern of the index.
var pagePlans = map[string]string{
	"CustomersPage":            "customers_by_name",
	"TasksOfCustomer":          "tasks_of_customer",
	"SubscriptionsOfCustomer":  "subscriptions_in_force",
	"AdministratorsOfCustomer": "administrators_by_address",
	"LiveOfCustomer":           "activations_(one_live|by_customer)",
}

// postgresPagePlans has those that only PostgreSQL has.
var postgresPagePlans = map[string]string{
	"TasksOfPage":                 "tasks_of_customer",
	"SubscriptionsOfPage":         "subscriptions_in_force",
	"AdministratorsOfPage":        "administrators_by_address",
	"LiveOfPage":                  "activations_(one_live|by_customer)",
	"CustomersAmong":              "customers_(pkey|id_office_id_key)",
	"CustomersInPhases":           "activations_by_phase",
	"CustomersInPhasesOfSolution": "activations_by_(solution|phase)", // all have one solution,
	"CustomersOfTaskOwner":        "tasks_of_owner",
}

// inOrder are the queries that read an index in order until they have enough rows.
var inOrder = []string{"CustomersPage", "CustomersInPhases", "CustomersInPhasesOfSolution", "CustomersOfTaskOwner"}

// TestCustomers_UseIndexes: with all filters of the list, no plan scans a whole table
// or sorts an unbounded result. PostgreSQL is free to choose any kind of plan.
func TestCustomers_UseIndexes(t *testing.T) {
	t.Parallel()
	forSQLite := strings.NewReplacer("@name_pattern", "'%'", "@task_owner_id", "'emp-nils'", "@phases", "',active,'", "@solution_id", "'rare'")
	onBoth(t, func(t *testing.T, b backend) {
		b.fillCustomers(t)
		queries := b.queries(t)
		plans := maps.Clone(pagePlans)
		plan := func(query string) string { return b.plan(t, forSQLite.Replace(query)) }
		if !b.sqlite() {
			maps.Copy(plans, postgresPagePlans)
			plan = func(query string) string { return b.postgresPlan(t, query, "SELECT 1") }
		}
		for name, index := range plans {
			plan := plan(queries[name])
			if !regexp.MustCompile(index).MatchString(plan) || regexp.MustCompile(`(?m)SCAN|Seq Scan`).MatchString(plan) {
				t.Errorf("%s does not use %s, or reads something whole:\n%s", name, index, plan)
			}
			if slices.Contains(inOrder, name) && regexp.MustCompile(`(?m)USE TEMP B-TREE|^ *(->)? *(Incremental )?Sort`).MatchString(plan) {
				t.Errorf("%s sorts:\n%s", name, plan)
			}
		}
	})
}

// TestCustomers_FilterMany: a filter that selects most customers, and one that selects
// few that are far apart, return the same as a scan of all customers.
func TestCustomers_FilterMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.fillCustomers(t)
		must(t, b.exec(`UPDATE activations SET state = 'awaiting_approval', solution_id = 'rare' WHERE id IN ('live-3', 'live-700', 'live-1999')`,
			`UPDATE tasks SET owner_id = 'emp-nils' WHERE id IN ('t-m3-0', 't-m650-0')`))
		all := b.allCustomers(t, office, "", 500)
		live, err := b.LiveActivations(ctx, office, all)
		must(t, err)
		of := map[string]collaboration.LiveActivation{}
		for _, l := range live {
			of[l.CustomerID] = l
		}
		for _, f := range []collaboration.CustomerFilter{
			{Sharing: collaboration.Shared}, {Sharing: collaboration.Waiting}, {Sharing: collaboration.NotShared},
			{Sharing: collaboration.Shared, SolutionID: "common"}, {Sharing: collaboration.Waiting, SolutionID: "rare"},
			{Sharing: collaboration.Shared, SolutionID: "rare"}, {Sharing: collaboration.NotShared, SolutionID: "common"},
			{TaskOwnerID: "emp-maja"}, {TaskOwnerID: "emp-nils"}, {TaskOwnerID: "emp-nils", Sharing: collaboration.Waiting},
			{TaskOwnerID: "emp-nils", Sharing: collaboration.Shared}, {TaskOwnerID: "emp-maja", Sharing: collaboration.Shared},
			{Query: "many 19", Sharing: collaboration.Shared}, {Query: "many 19", Sharing: collaboration.Waiting},
		} {
			var want, got []string
			for _, c := range all {
				l, isLive := of[c.ID]
				isLive = isLive && (f.SolutionID == "" || l.SolutionID == f.SolutionID)
				sharing := collaboration.NotShared
				if isLive && l.State == collaboration.Active {
					sharing = collaboration.Shared
				} else if isLive {
					sharing = collaboration.Waiting
				}
				mine := slices.ContainsFunc(c.OpenTasks(), func(t collaboration.Task) bool { return t.OwnerID == f.TaskOwnerID })
				if (f.Sharing == "" || f.Sharing == sharing) && (f.TaskOwnerID == "" || mine) && strings.Contains(strings.ToLower(c.Name), f.Query) {
					want = append(want, c.ID)
				}
			}
			name := fmt.Sprintf("%+v", f)
			for f.Page.Limit = 301; ; {
				page, next, err := b.Customers(ctx, office, f)
				must(t, err)
				for _, c := range page {
					got = append(got, c.ID)
				}
				if f.Page.After = next; next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d customers, want %d", name, len(got), len(want))
			}
		}
	})
}

// fillCustomers adds 2,000 customers to the office. Each has two tasks, an
// administrator and three solutions; one solution is shared.
func (b backend) fillCustomers(t *testing.T) {
	t.Helper()
	rows := map[string][]string{}
	add := func(into, values string, args ...any) { rows[into] = append(rows[into], fmt.Sprintf(values, args...)) }
	const (
		customers      = "customers (id, office_id, organisation_number, name, name_key, created_at)"
		tasks          = "tasks (id, office_id, customer_id, owner_id, name, is_open)"
		administrators = "administrators (id, customer_id, name, email, phone, main_contact)"
		subscriptions  = "subscriptions (id, customer_id, solution_id, invoice_recipient, since)"
		activations    = "activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient, period_start, period_month, agreement_months, locale, requested_by, requested_at, updated_at)"
		at             = "'2026-01-05 08:00:00+00:00'"
	)
	for n := range 4000 { // the planner expects the average size of an office
		add(customers, "('c-o%[1]d','other-%[2]d','o%[1]d','Other %[1]d','other %[1]d',%[3]s)", n, n%2, at)
	}
	for n := range 2 {
		add("offices (id, name)", "('other-%d','Other')", n)
	}
	for n := range 2000 {
		add(customers, "('c-m%[1]d','office-1','m%[1]d','Many %[1]d','many %[1]d',%[2]s)", n, at)
		add(administrators, "('a-m%[1]d','c-m%[1]d','A','a%[1]d@many.example','',TRUE)", n)
		add(activations, "('live-%[1]d','office-1','c-m%[1]d','common','t-m%[1]d-0','on_platform','active','office','on_approval',NULL,12,'sv','emp-maja',%[2]s,%[2]s)", n, at)
		for m := range 3 {
			add(tasks, "('t-m%[1]d-%[2]d','office-1','c-m%[1]d','emp-maja','Lön',TRUE)", n, m)
			add(subscriptions, "('s-m%[1]d-%[2]d','c-m%[1]d','solution-%[2]d','office',%[3]s)", n, m, at)
		}
	}
	for _, into := range []string{"offices (id, name)", customers, tasks, administrators, subscriptions, activations} {
		_, err := b.raw.Exec("INSERT INTO " + into + " VALUES " + strings.Join(rows[into], ","))
		must(t, err)
	}
	_, err := b.raw.Exec("ANALYZE")
	must(t, err)
}
