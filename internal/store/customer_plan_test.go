package store_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestCustomers_UseIndexes: with all filters of the list, no plan scans a whole table
// or sorts an unbounded result.
func TestCustomers_UseIndexes(t *testing.T) {
	t.Parallel()
	queries := readQueries(t)
	arguments := strings.NewReplacer("@office_id", "'office-1'", "@after_name", "''", "@after_id", "''", "@name_pattern", "'%'", "@number_pattern", "''",
		"@task_owner_id", "'emp-nils'", "@states", "',active,'", "@shared", "true", "@solution_id", "'rare'", "@max_rows", "26",
		"@first_name", "'many 3'", "@last_name", "'many 4'", "@customers", "',c-m30,c-m31,'")
	indexes := map[string]string{
		"CustomersPage":        "customers_by_name",
		"TasksOfPage":          "tasks_of_customer",
		"SubscriptionsOfPage":  "subscriptions_in_force",
		"AdministratorsOfPage": "administrators_by_address",
		"LiveOfPage":           "activations_(one_live|by_customer)",
	}
	whole := regexp.MustCompile(`(?m)SCAN|Seq Scan`)
	onBoth(t, func(t *testing.T, b backend) {
		b.fillCustomers(t)
		for name, index := range indexes {
			plan := b.plan(t, arguments.Replace(queries[name]))
			if !regexp.MustCompile(index).MatchString(plan) || whole.MatchString(plan) {
				t.Errorf("%s does not use %s, or reads something whole:\n%s", name, index, plan)
			}
			if name == "CustomersPage" && regexp.MustCompile(`(?m)USE TEMP B-TREE|^ *(->)? *Sort`).MatchString(plan) {
				t.Errorf("%s sorts:\n%s", name, plan)
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
	for n := range 2000 {
		add(customers, "('c-m%[1]d','office-1','m%[1]d','Many %[1]d','many %[1]d',%[2]s)", n, at)
		add(administrators, "('a-m%[1]d','c-m%[1]d','A','a%[1]d@many.example','',TRUE)", n)
		add(activations, "('live-%[1]d','office-1','c-m%[1]d','common','t-m%[1]d-0','on_platform','active','office','on_approval',NULL,12,'sv','emp-maja',%[2]s,%[2]s)", n, at)
		for m := range 3 {
			add(tasks, "('t-m%[1]d-%[2]d','office-1','c-m%[1]d','emp-maja','Lön',TRUE)", n, m)
			add(subscriptions, "('s-m%[1]d-%[2]d','c-m%[1]d','solution-%[2]d','office',%[3]s)", n, m, at)
		}
	}
	for _, into := range []string{customers, tasks, administrators, subscriptions, activations} {
		_, err := b.raw.Exec("INSERT INTO " + into + " VALUES " + strings.Join(rows[into], ","))
		must(t, err)
	}
	_, err := b.raw.Exec("ANALYZE")
	must(t, err)
}
