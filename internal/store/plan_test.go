package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// TestListsUseTheirIndex asks both databases how they would read each list,
// with many rows at one office. The queries are the very ones that run.
func TestListsUseTheirIndex(t *testing.T) {
	queries := readQueries(t)
	arguments := map[string]string{
		"activation_id":  "'x'",
		"after":          "0",
		"after_day":      "'0'",
		"after_id":       "''",
		"after_name":     "''",
		"before":         "'9999-01-01 00:00:00+00:00'",
		"before_id":      "''",
		"customer_id":    "'c-1001'",
		"email":          "'tove@fagelsang.example'",
		"ends_before":    "'2027-01-01'",
		"first":          "'2026-01-01 00:00:00+00:00'",
		"id":             "'x'",
		"last":           "'2026-01-02 00:00:00+00:00'",
		"max_rows":       "21",
		"middle":         "'2026-03-03 00:00:00+00:00'",
		"name_pattern":   "'%'",
		"newest":         "'2026-03-07 00:00:00+00:00'",
		"now":            "'2026-03-10 12:00:00+00:00'",
		"number_pattern": "''",
		"office_id":      "'office-1'",
		"oldest":         "'2026-02-24 00:00:00+00:00'",
		"requested_by":   "'emp-nils'",
		"since":          "'2026-03-04'",
		"solution_id":    "'rare'",
		"overdue":        "'2026-03-10 11:00:00+00:00'",
		"soon":           "'2026-03-12 12:00:00+00:00'",
		"stuck":          "'2026-03-10 11:45:00+00:00'",
		"state":          "'ended'",
		"states":         "''",
		"task_id":        "'task-7'",
		"shared":         "true",
		"task_owner_id":  "'emp-7'",
	}
	for _, letter := range "abcdefghij" {
		arguments["customer_"+string(letter)] = "'c-100" + string(letter) + "'"
	}
	indexes := map[string]string{
		"AccessBetween":            "activations_by_state",
		"ActivationsBounced":       "activations_pending",
		"ActivationsDeclined":      "activations_by_decision",
		"ActivationsExpiring":      "activations_pending",
		"ActivationsEnding":        "activations_by_end",
		"ActivationsInState":       "activations_by_state",
		"ActivationsOfCustomer":    "activations_by_customer",
		"ActivationsOfCustomers":   "activations_by_customer",
		"ActivationsOfSender":      "activations_by_sender",
		"ActivationsOfSolution":    "activations_by_solution",
		"ActivationsOfTask":        "activations_by_task",
		"ActivationsOfTaskOwner":   "activations_by_task",
		"AdministrationsByEmail":   "administrators_by_email",
		"AdministratorsOfCustomer": "administrators_of_customer",
		"CountDecided":             "activations_by_decision",
		"CountEnding":              "activations_by_end",
		"CountPending":             "activations_by_state",
		"CountPendingEverywhere":   "activations_by_state",
		"CountRunning":             "activations_by_", // two cover it
		"CountUrgent":              "activations_pending",
		"CustomersPage":            "customers_by_name",
		"EmployeesByEmail":         "employees_by_email",
		"Events":                   "audit_",
		"LiveActivation":           "activations_one_live",
		"SubscriptionsOfCustomer":  "subscriptions_in_force",
		"TasksOfCustomer":          "tasks_of_customer",
	}
	onBoth(t, func(t *testing.T, b backend) {
		b.fill(t)
		for name, index := range indexes {
			// What may be left out is left out.
			query := regexp.MustCompile(`CAST\(@(task_id|solution_id|task_owner_id|requested_by|customer_id|states) AS TEXT\)`).ReplaceAllString(queries[name], "CAST('' AS TEXT)")
			query = regexp.MustCompile(`@[a-z_]+`).ReplaceAllStringFunc(query, func(arg string) string { return arguments[arg[1:]] })
			plan := b.plan(t, query)
			if !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s:\n%s", name, index, plan)
			}
			// A task owner's own are few, and are sorted; so are some customers'.
			few := name == "ActivationsOfTaskOwner" || name == "ActivationsOfCustomers"
			if strings.HasPrefix(name, "Activations") && !few && regexp.MustCompile(`(?m)USE TEMP B-TREE|^ *(->)? *Sort`).MatchString(plan) {
				t.Errorf("%s sorts:\n%s", name, plan)
			}
		}
	})
}

// readQueries is every query by its name.
func readQueries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("queries/*.sql")
	must(t, err)
	queries := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, part := range strings.Split(string(text), "-- name: ")[1:] {
			name, body, _ := strings.Cut(part, " ")
			_, body, _ = strings.Cut(body, "\n")
			queries[name], _, _ = strings.Cut(body, ";")
		}
	}
	return queries
}

// fill gives the office 20,000 old activations, and the planner its numbers.
func (b backend) fill(t *testing.T) {
	t.Helper()
	tx, err := b.raw.Begin()
	must(t, err)
	defer tx.Rollback()
	var employees, tasks []string
	for n := range 20 {
		employees = append(employees, fmt.Sprintf("('emp-%d','office-1','Somebody','emp-%d@office.example','employee')", n, n))
	}
	for n := range 2000 {
		tasks = append(tasks, fmt.Sprintf("('task-%d','c-%d','emp-%d','Bokföring',TRUE)", n, 1001+n%14, n%20))
	}
	_, err = tx.Exec("INSERT INTO employees (id, office_id, name, email, role) VALUES " + strings.Join(employees, ","))
	must(t, err)
	_, err = tx.Exec("INSERT INTO tasks (id, customer_id, owner_id, name, is_open) VALUES " + strings.Join(tasks, ","))
	must(t, err)
	for n := range 20 {
		var rows []string
		for m := range 1000 {
			i := n*1000 + m
			solution, sender, state, ends, expires := "common", "emp-maja", "ended", "", "NULL"
			switch at := noon.Add(time.Duration(i) * time.Minute); {
			case i%100 == 1:
				solution, sender = "rare", "emp-nils"
			case i%10 == 3:
				state = "declined"
			case i%20 == 0: // one for each subject may be live
				solution, state, expires = fmt.Sprint("pending", i), "awaiting_approval", at.Format("'2006-01-02 15:04:05-07:00'")
			case i%2 == 0:
				solution, state, ends = fmt.Sprint("running", i), "active", collaboration.DateOf(noon.AddDate(0, 0, i%400)).String()
			}
			at := noon.Add(-time.Duration(i) * time.Minute)
			rows = append(rows, fmt.Sprintf("('old-%05d','office-1','c-%d','%s','task-%d','on_platform','%s','office','on_approval','',12,'sv','%s','%[7]s','%[7]s','%s','%s',%s,'accepted')",
				i, 1001+i%14, solution, i%2000, state, sender, at.Format("2006-01-02 15:04:05-07:00"), ends, collaboration.DateOf(at), expires))
		}
		_, err := tx.Exec(`INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient,
			period_start, period_month, agreement_months, locale, requested_by, requested_at, updated_at,
			ends_on, decided_on, expires_at, delivery) VALUES ` + strings.Join(rows, ","))
		must(t, err)
	}
	must(t, tx.Commit())
	_, err = b.raw.Exec("ANALYZE")
	must(t, err)
}

func (b backend) plan(t *testing.T, query string) string {
	t.Helper()
	explain := "EXPLAIN "
	if b.sqlite() {
		explain = "EXPLAIN QUERY PLAN "
	}
	tx, err := b.raw.Begin()
	must(t, err)
	defer tx.Rollback()
	if !b.sqlite() { // the seed's other tables fit on a page, where any plan is as good
		_, err := tx.Exec("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
		must(t, err)
	}
	rows, err := tx.Query(explain + query)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	var lines []string
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		must(t, rows.Scan(row...))
		lines = append(lines, fmt.Sprint(*row[len(row)-1].(*any)))
	}
	must(t, rows.Err())
	return strings.Join(lines, "\n")
}
