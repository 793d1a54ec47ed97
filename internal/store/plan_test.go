package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// TestLists_UseIndexes explains each list on both databases, with many rows of one
// office. It reads the queries from the files in queries.
func TestLists_UseIndexes(t *testing.T) {
	t.Parallel()
	indexes := map[string]string{
		"AccessOn":                 "access",
		"ActivationsBounced":       "activations_pending",
		"ActivationsDeclined":      "activations_by_decision",
		"ActivationsExpiring":      "activations_pending",
		"ActivationsEnding":        "activations_by_end",
		"ActivationsInPhases":      "activations_by_phase",
		"ActivationsOfCustomer":    "activations_by_customer",
		"ActivationsOfSender":      "activations_by_sender",
		"ActivationsOfSolution":    "activations_by_solution",
		"ActivationsOfTask":        "activations_by_task",
		"ActivationsOfTaskOwner":   "activations_by_owner",
		"AdministratorsOfCustomer": "administrators_by_address",
		"ClosedActivations":        "activations_closed",
		"CountAddressChanges":      "address_changes_by_time",
		"CountDecided":             "activations_by_decision",
		"CountEnding":              "activations_by_end",
		"CountPending":             "activations_by_phase",
		"CountPendingEverywhere":   "activations_by_phase",
		"CountRunning":             "activations_by_phase",
		"CountUrgent":              "activations_pending",
		"CustomersPage":            "customers_by_name",
		"DeleteOldAddressChanges":  "address_changes_by_time",
		"DeleteOldKeys":            "idempotency_keys_by_age",
		"Events":                   "audit_",
		"LastAddressChanges":       "address_changes_by_time",
		"LiveActivation":           "activations_one_live",
		"MembershipsByEmail":       "employees_by_email administrators_by_email",
		"OfficeEventsSince":        "audit_by_time",
		"OldBatches":               "batches_by_age",
		"OpenBatches":              "batch_rows_by_result",
		"SubscriptionsOfCustomer":  "subscriptions_in_force",
		"TasksOfCustomer":          "tasks_of_customer",
	}
	onBoth(t, func(t *testing.T, b backend) {
		b.fill(t)
		queries := b.queries(t)
		indexes := maps.Clone(indexes)
		if !b.sqlite() {
			indexes["ActivationsOfCustomers"] = "activations_by_customer"
			indexes["OpenActivations"] = "activations_pkey"
			indexes["AccessOfPage"] = "activations_ access_pkey"
		}
		for name, index := range indexes {
			if name == "CountPendingEverywhere" && b.sqlite() {
				continue // the seed's two offices have all rows: SQLite's costs of both plans are nearly equal
			}
			plan := b.plan(t, queries[name])
			for one := range strings.FieldsSeq(index) {
				if !strings.Contains(plan, one) {
					t.Errorf("%s does not use %s:\n%s", name, one, plan)
				}
			}
			// PostgreSQL reads a page of each phase, and sorts the pages.
			if strings.Contains(queries[name], "LATERAL") {
				if !regexp.MustCompile(`Limit .*\n *-> +Index (Only )?Scan Backward using ` + index).MatchString(plan) {
					t.Errorf("%s sorts a phase:\n%s", name, plan)
				}
				continue
			}
			// The rows of some customers are few, and are sorted.
			if strings.HasPrefix(name, "Activations") && name != "ActivationsOfCustomers" && regexp.MustCompile(`(?m)USE TEMP B-TREE|^ *(->)? *Sort`).MatchString(plan) {
				t.Errorf("%s sorts:\n%s", name, plan)
			}
		}
	})
}

// TestPlan_IsCached: each connection plans a statement once, for all arguments.
func TestPlan_IsCached(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		if b.sqlite() {
			return // SQLite always does
		}
		var mode string
		must(t, b.Pools()["facts_reader"].QueryRowContext(ctx, "SHOW plan_cache_mode").Scan(&mode))
		if mode != "force_generic_plan" {
			t.Errorf("plan_cache_mode is %s", mode)
		}
	})
}

// TestQueries_ScanNoGrowingTable: no query scans a table that grows with the number of
// offices. The exceptions are rare operations.
func TestQueries_ScanNoGrowingTable(t *testing.T) {
	t.Parallel()
	meant := map[string]string{
		"Everybody":              "the embedded login",
		"ActivationsToErase":     "erasing goes through what there is",
		"BatchRowsToErase":       "erasing goes through what there is",
		"ActivationsWithAddress": "erasing goes through what there is",
		"BatchRowsWithAddress":   "erasing goes through what there is",
		"EraseResponses":         "erasing goes through what there is",
		"EraseKeysOfSubject":     "erasing goes through what there is",
		"EraseAddressChangesOf":  "erasing goes through what there is",
		"TasksWithAddress":       "erasing goes through what there is",
		"EraseKeys":              "erasing goes through what there is",
		"CountPendingEverywhere": "operators' gauges, where few are pending",
		"DataKeysOfOthers":       "a change of the master key",
		"DataKeyOfEachMaster":    "a check of the keys",
	}
	onBoth(t, func(t *testing.T, b backend) {
		b.fillOffices(t)
		for name, query := range b.queries(t) {
			if whole := b.whole(t, query); whole != "" && meant[name] == "" {
				t.Errorf("%s reads a table whole: %s\n%s", name, whole, b.plan(t, query))
			}
		}
	})
}

// growing matches the tables that grow with use.
const growing = `(?:customers|tasks|activations|subscriptions|administrators|audit|audit_private|mail_deliveries|idempotency_keys|access|task_participants|address_changes|batch_rows|data_keys|erased_data_keys)`

// fillOffices adds a hundred offices with equally many rows. One office then has a
// small part of each table.
func (b backend) fillOffices(t *testing.T) {
	t.Helper()
	const upTo = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 7999) `
	const at = `'2026-03-01 12:00:00+00:00'`
	for _, statement := range []string{
		`INSERT INTO offices (id, name) ` + upTo + `SELECT 'o-' || i, 'Office' FROM n WHERE i < 100`,
		`INSERT INTO employees (id, office_id, name, email, role) ` + upTo + `SELECT 'e-' || i, 'o-' || i, 'E', i || '@office.example', 'manager' FROM n WHERE i < 100`,
		`INSERT INTO customers (id, office_id, organisation_number, name, name_key, created_at) ` + upTo +
			`SELECT 'k-' || i, 'o-' || i % 100, CAST(i AS TEXT), 'K' || i, 'k' || i, ` + at + ` FROM n`,
		`INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open) ` + upTo + `SELECT 'u-' || i, 'o-' || i % 100, 'k-' || i, 'e-' || i % 100, 'T', TRUE FROM n`,
		`INSERT INTO subscriptions (id, customer_id, solution_id, invoice_recipient, since) ` + upTo + `SELECT 'sub-' || i, 'k-' || i, 's', 'office', ` + at + ` FROM n`,
		`INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) ` + upTo + `SELECT 'adm-' || i, 'k-' || i, 'A', i || '@k.example', '', TRUE FROM n`,
		`INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient, period_start, period_month,
			agreement_months, locale, requested_by, requested_at, updated_at) ` + upTo +
			`SELECT 'act-' || i, 'o-' || i % 100, 'k-' || i, 's', 'u-' || i, 'on_platform', CASE WHEN i / 100 % 2 = 0 THEN 'active' ELSE 'ended' END,
				'office', 'on_approval', NULL, 12, 'sv', 'e-' || i % 100, ` + at + `, ` + at + ` FROM n`,
		`INSERT INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment) ` + upTo + `SELECT 'act-' || i, 1, 'o-' || i % 100, 'k', 'a', 'e', ` + at + `, '{}', 'h', '' FROM n`,
		`INSERT INTO audit_private (activation_id, sequence, salt, private) ` + upTo + `SELECT 'act-' || i, 1, 's', '{}' FROM n`,
		`INSERT INTO access (activation_id, employee_id, office_id, since) ` + upTo + `SELECT 'act-' || i, 'e-' || i % 100, 'o-' || i % 100, ` + at + ` FROM n`,
		`INSERT INTO task_participants (task_id, employee_id, office_id) ` + upTo + `SELECT 'u-' || i, 'e-' || i % 100, 'o-' || i % 100 FROM n`,
		`INSERT INTO mail_deliveries (id, activation_id, office_id, kind, generation, number, employee_id, status, attempts, unknown, lease_until, to_id, to_email) ` + upTo +
			`SELECT 'm-' || i, 'act-' || i, 'o-' || i % 100, 'invitation', 1, 0, NULL, 'accepted', 1, 0, ` + at + `, NULL, '' FROM n`,
		`INSERT INTO address_changes (id, office_id, customer_id, administrator_id, old_email, new_email, actor, changed_at) ` + upTo +
			`SELECT 'chg-' || i, 'o-' || i % 100, 'k-' || i, 'adm-' || i, 'o', 'n', 'e-' || i % 100, ` + at + ` FROM n`,
		`INSERT INTO idempotency_keys (office_id, key, request_hash, activation_id, created_at) ` + upTo + `SELECT 'o-' || i % 100, 'key' || i, 'h', 'act-' || i, ` + at + ` FROM n`,
		`INSERT INTO batches (id, office_id, solution_id, created_by, created_at) ` + upTo + `SELECT 'b-' || i, 'o-' || i, 's', 'e-' || i, ` + at + ` FROM n WHERE i < 100`,
		`INSERT INTO batch_rows (batch_id, line, organisation_number, request, result) ` + upTo + `SELECT 'b-' || i % 100, i, CAST(i AS TEXT), '{}', 'started' FROM n`,
		`INSERT INTO data_keys (id, subject, customer_id, master_id, wrapped, created_at) ` + upTo + `SELECT 'd-' || i, 's-' || i, 'k-' || i, 'm', 'w', ` + at + ` FROM n`,
		`INSERT INTO erased_data_keys (id) ` + upTo + `SELECT 'x-' || i FROM n`,
	} {
		if _, err := b.raw.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	b.analyze(t)
}

// analyze updates the planner's statistics. The copied template may have the table
// sizes of another test, and sizes decide between plans of nearly equal cost. VACUUM
// FULL therefore rewrites all tables and indexes.
func (b backend) analyze(t *testing.T) {
	t.Helper()
	statement := "VACUUM FULL ANALYZE"
	if b.sqlite() {
		statement = "ANALYZE"
	}
	must(t, b.exec(statement))
}

// whole returns the line of the plan that scans all of a growing table or of its index;
// "" if there is none.
func (b backend) whole(t *testing.T, query string) string {
	t.Helper()
	lines := strings.Split(b.plan(t, query), "\n")
	for i, line := range lines {
		if b.sqlite() {
			if m := regexp.MustCompile(`\bSCAN (\w+)`).FindStringSubmatch(line); m != nil && growingAlias(query, m[1]) || strings.Contains(line, "ANY(") {
				return line
			}
			continue
		}
		if regexp.MustCompile(`Seq Scan on ` + growing + `\b`).MatchString(line) {
			return line
		}
		m := regexp.MustCompile(`Index (?:Only )?Scan (?:Backward )?using (\w+) on ` + growing + `\b`).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var first string // the index's first column
		must(t, b.raw.QueryRow("SELECT pg_get_indexdef($1::regclass, 1, true)", m[1]).Scan(&first))
		if i+1 == len(lines) || !strings.Contains(lines[i+1], "Index Cond:") || !strings.Contains(lines[i+1], first) {
			return line
		}
	}
	return ""
}

// growingAlias reports whether a query's name of a table is a growing table's.
func growingAlias(query, name string) bool {
	return regexp.MustCompile(`^`+growing+`$`).MatchString(name) || regexp.MustCompile(growing+`\s+`+name+`\b`).MatchString(query)
}

// withArguments fills in each parameter of a query. Optional filters are empty.
func withArguments(query string) string {
	query = regexp.MustCompile(`CAST\(@(task_id|solution_id|task_owner_id|requested_by|customer_id) AS TEXT\)`).ReplaceAllString(embedded(query), "CAST('' AS TEXT)")
	return parameter.ReplaceAllStringFunc(query, argument)
}

var parameter = regexp.MustCompile(`@[a-z_]+`)

// parameters returns the parameters of a query, each once.
func parameters(query string) (names []string) {
	for _, name := range parameter.FindAllString(query, -1) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func prepared(query string) string {
	names := parameters(query)
	return "PREPARE asked AS " + parameter.ReplaceAllStringFunc(embedded(query), func(name string) string {
		return fmt.Sprint("$", slices.Index(names, name)+1)
	})
}

func values(query string) string {
	var all []string
	for _, name := range parameters(query) {
		all = append(all, argument(name))
	}
	if len(all) == 0 {
		return ""
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func embedded(query string) string {
	return regexp.MustCompile(`sqlc\.embed\((\w+)\)`).ReplaceAllString(query, "$1.*")
}

// argument returns a literal that is also valid as a number, a boolean or JSON.
func argument(name string) string {
	switch value := arguments[name[1:]]; {
	case value != "":
		return value
	case regexp.MustCompile(`_on$|^@(period_month|kept_until|running_since)$`).MatchString(name):
		return "'2026-03-10'"
	case regexp.MustCompile(`_(at|until|before)$|^@last_failure$`).MatchString(name):
		return "'2026-03-10 12:00:00+00:00'"
	default:
		return "'1'"
	}
}

var arguments = map[string]string{
	"activation_id":   "'x'",
	"after":           "0",
	"after_ended":     "'2026-01-01 00:00:00+00:00'",
	"after_day":       "'0001-01-01'",
	"after_id":        "''",
	"after_name":      "''",
	"before":          "'9999-01-01 00:00:00+00:00'",
	"before_id":       "''",
	"customers":       "'c-m30,c-m31'",
	"customer_id":     "'c-1001'",
	"email":           "'tove@fagelsang.example'",
	"ends_before":     "'2027-01-01'",
	"first":           "'2026-01-01 00:00:00+00:00'",
	"id":              "'x'",
	"last":            "'2026-01-02 00:00:00+00:00'",
	"max_rows":        "21",
	"middle":          "'2026-03-03 00:00:00+00:00'",
	"name_pattern":    "'%'",
	"newest":          "'2026-03-07 00:00:00+00:00'",
	"now":             "'2026-03-10 12:00:00+00:00'",
	"number_pattern":  "''",
	"office_id":       "'office-1'",
	"oldest":          "'2026-02-24 00:00:00+00:00'",
	"requested_by":    "'emp-nils'",
	"retention_stage": "0",
	"since":           "'2026-03-04'",
	"solution_id":     "'rare'",
	"overdue":         "'2026-03-10 11:00:00+00:00'",
	"soon":            "'2026-03-12 12:00:00+00:00'",
	"stuck":           "'2026-03-10 11:45:00+00:00'",
	"phases":          "',declined,ended,'",
	"task_id":         "'task-7'",
	"shared":          "true",
	"task_owner_id":   "'emp-7'",
}

// queries returns the queries of the database by name. PostgreSQL has its own form of some.
func (b backend) queries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("queries/*.sql")
	must(t, err)
	if !b.sqlite() {
		own, err := filepath.Glob("queries/postgres/*.sql")
		must(t, err)
		files = append(files, own...)
	}
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

// fill adds 20,000 old activations to the office, and updates the planner's statistics.
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
		tasks = append(tasks, fmt.Sprintf("('task-%d','office-1','c-%d','emp-%d','Bokföring',TRUE)", n, 1001+n%14, n%20))
	}
	_, err = tx.Exec("INSERT INTO employees (id, office_id, name, email, role) VALUES " + strings.Join(employees, ","))
	must(t, err)
	_, err = tx.Exec("INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open) VALUES " + strings.Join(tasks, ","))
	must(t, err)
	for n := range 20 {
		var rows []string
		for m := range 1000 {
			i := n*1000 + m
			solution, sender, state, ends, expires := "common", "emp-maja", "ended", "NULL", "NULL"
			switch at := noon.Add(time.Duration(i) * time.Minute); {
			case i%100 == 1:
				solution, sender = "rare", "emp-nils"
			case i%10 == 3:
				state = "declined"
			case i%20 == 0: // one for each subject may be live
				solution, state, expires = fmt.Sprint("pending", i), "awaiting_approval", at.Format("'2006-01-02 15:04:05-07:00'")
			case i%2 == 0:
				solution, state, ends = fmt.Sprint("running", i), "active", "'"+collaboration.DateOf(noon.AddDate(0, 0, i%400)).String()+"'"
			}
			at := noon.Add(-time.Duration(i) * time.Minute)
			rows = append(rows, fmt.Sprintf("('old-%05d','office-1','c-%d','%s','task-%d','on_platform','%s','office','on_approval',NULL,12,'sv','%s','%[7]s','%[7]s',%s,'%s',%s,'accepted')",
				i, 1001+i%14, solution, i%2000, state, sender, at.Format("2006-01-02 15:04:05-07:00"), ends, collaboration.DateOf(at), expires))
		}
		_, err := tx.Exec(`INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient,
			period_start, period_month, agreement_months, locale, requested_by, requested_at, updated_at,
			ends_on, decided_on, expires_at, delivery) VALUES ` + strings.Join(rows, ","))
		must(t, err)
	}
	_, err = tx.Exec("INSERT INTO access (activation_id, employee_id, office_id, since) SELECT id, 'emp-1', office_id, requested_at FROM activations WHERE id LIKE 'old-%'")
	must(t, err)
	must(t, tx.Commit())
	b.analyze(t)
}

// plan explains a query. PostgreSQL uses the generic plan, as the store's connections
// do.
func (b backend) plan(t *testing.T, query string) string {
	t.Helper()
	if b.sqlite() {
		return b.lines(t, b.raw, "EXPLAIN QUERY PLAN "+withArguments(query))
	}
	// The seed's other tables fit on one page: all plans cost the same.
	return b.postgresPlan(t, query, "SET enable_seqscan = off; SET enable_bitmapscan = off")
}

// postgresPlan explains a query on PostgreSQL after a statement with settings.
func (b backend) postgresPlan(t *testing.T, query, settings string) string {
	t.Helper()
	c, err := b.Pools()["facts_reader"].Conn(ctx)
	must(t, err)
	defer c.Close()
	for _, statement := range []string{
		settings,
		prepared(query),
	} {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	defer c.ExecContext(ctx, "DEALLOCATE asked; RESET enable_seqscan; RESET enable_bitmapscan")
	return b.lines(t, c, "EXPLAIN EXECUTE asked"+values(query))
}

func (b backend) lines(t *testing.T, of interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string) string {
	t.Helper()
	rows, err := of.QueryContext(ctx, query)
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
