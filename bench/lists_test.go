package bench_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

// Two offices with the same kinds of data. The large one has a thousand times as many
// rows.
const (
	small, large = "small", "large" // office IDs
	sizeOfSmall  = 100              // activations
	sizeOfLarge  = 100_000
	callsPerList = 40
	rowsOnPage   = 10
)

// BenchmarkLists compares each list of the two offices.
func BenchmarkLists(b *testing.B) {
	var all []listResult
	load := loadAverage()
	for _, database := range []string{"PostgreSQL", "SQLite"} {
		b.Run(database, func(b *testing.B) {
			for range b.N {
				l := listResult{database, measureLists(b, openOffices(b, database, sizeOfLarge))}
				all = append(all, l)
			}
		})
	}
	writeLists(b, all, load)
}

// The test reads each list once, so that the benchmark measures lists with rows.
func TestLists_HaveRows(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"PostgreSQL", "SQLite"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := openOffices(t, database, 10*sizeOfSmall)
			for _, l := range lists() {
				for _, office := range []string{small, large} {
					if n := l.read(o, office); n != rowsOnPage {
						t.Errorf("%s of the %s office has %d rows", l.name, office, n)
					}
				}
			}
		})
	}
}

// measureLists returns the milliseconds of each list in each office: the medians of the
// calls, by round. Calls for the two offices alternate.
func measureLists(b *testing.B, o *offices) map[string]map[string][]float64 {
	b.Helper()
	took := map[string]map[string][]float64{}
	for _, l := range lists() {
		took[l.name] = map[string][]float64{}
		for round := range *rounds + 1 { // the first warms up
			calls := map[string][]float64{}
			for range callsPerList {
				for _, office := range []string{small, large} {
					began := time.Now()
					l.read(o, office)
					calls[office] = append(calls[office], milliseconds(began))
				}
			}
			for office, each := range calls {
				if round > 0 {
					took[l.name][office] = append(took[l.name][office], median(each))
				}
			}
		}
	}
	return took
}

// listResult has the results with one database.
type listResult struct {
	database string
	took     map[string]map[string][]float64
}

func (l listResult) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s | %d activations | %d activations | large ÷ small |\n| --- | --- | --- | --- |\n", l.database, sizeOfSmall, sizeOfLarge)
	for _, list := range lists() {
		took := l.took[list.name]
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", list.name, spread(took[small], "ms"), spread(took[large], "ms"), spread(ratios(took[large], took[small]), ""))
	}
	return out.String()
}

func writeLists(b *testing.B, all []listResult, load string) {
	b.Helper()
	var out strings.Builder
	for _, l := range all {
		fmt.Fprintf(&out, "\n%s", l.table())
	}
	if *write {
		writeResults(b, "LISTS.md", "Lists", load, out.String())
		return
	}
	fmt.Println(out.String()) // b.Log would truncate it
}

// offices is a database with both offices.
type offices struct {
	*store.Store
	b    testing.TB
	size map[string]int // activations by office
}

// list is one list; read returns its number of rows.
type list struct {
	name string
	read func(o *offices, office string) int
}

// lists returns the lists of pages and API, with their first page and a page in the
// middle.
func lists() []list {
	running, pending := collaboration.Active.Phases(), collaboration.PhasesOf(collaboration.Activating, collaboration.AwaitingApproval)
	all := []list{
		{"sent requests, all", activations(collaboration.ActivationFilter{}, false)},
		{"sent requests, all, middle page", activations(collaboration.ActivationFilter{}, true)},
		{"sent requests, pending", activations(collaboration.ActivationFilter{Phases: pending}, false)},
		{"sent requests, pending, middle page", activations(collaboration.ActivationFilter{Phases: pending}, true)},
		{"… of a solution", activations(collaboration.ActivationFilter{Phases: pending, SolutionID: "solution-1"}, false)},
		{"… of a requester", activations(collaboration.ActivationFilter{Phases: pending, RequestedBy: "-employee-1"}, false)},
		{"… of a requester and a solution", activations(collaboration.ActivationFilter{RequestedBy: "-employee-1", SolutionID: "solution-1"}, false)},
		{"collaborations", activations(collaboration.ActivationFilter{Phases: running}, false)},
		{"collaborations, middle page", activations(collaboration.ActivationFilter{Phases: running}, true)},
		{"… of a task's owner", activations(collaboration.ActivationFilter{Phases: running, TaskOwnerID: "-employee-1"}, false)},
		{"… of a task's owner and a solution", activations(collaboration.ActivationFilter{TaskOwnerID: "-employee-1", SolutionID: "solution-1"}, false)},
		{"… that end soon", activations(collaboration.ActivationFilter{EndsBefore: collaboration.Date{Year: 2027, Month: 1, Day: 1}}, false)},
		{"… that end soon, of a solution", activations(collaboration.ActivationFilter{EndsBefore: collaboration.Date{Year: 2027, Month: 1, Day: 1}, SolutionID: "solution-1"}, false)},
		{"customers", customers(collaboration.CustomerFilter{}, false)},
		{"customers, middle page", customers(collaboration.CustomerFilter{}, true)},
		{"… by part of a name", customers(collaboration.CustomerFilter{Query: "kund"}, false)},
		{"… awaiting approval", customers(collaboration.CustomerFilter{Sharing: collaboration.Waiting}, false)},
	}
	return all
}

func activations(f collaboration.ActivationFilter, isMiddlePage bool) func(o *offices, office string) int {
	return func(o *offices, office string) int {
		f := f
		f.Page.Limit = rowsOnPage
		if isMiddlePage {
			f.Page.After = fmt.Sprintf("%s-%06d", office, o.size[office]/2)
		}
		f.RequestedBy, f.TaskOwnerID = employeeOf(office, f.RequestedBy), employeeOf(office, f.TaskOwnerID)
		rows, _, err := o.Activations(o.b.Context(), office, f)
		must(o.b, err)
		return len(rows)
	}
}

func customers(f collaboration.CustomerFilter, isMiddlePage bool) func(o *offices, office string) int {
	return func(o *offices, office string) int {
		f := f
		f.Page.Limit = rowsOnPage
		if isMiddlePage {
			f.Page.After = fmt.Sprintf("%s-customer-%d", office, o.size[office]/8)
		}
		rows, _, err := o.Customers(o.b.Context(), office, f)
		must(o.b, err)
		return len(rows)
	}
}

// employeeOf returns the ID of an office's employee, or "" without one.
func employeeOf(office, employee string) string {
	if employee == "" {
		return ""
	}
	return office + employee
}

// openOffices fills a database. Each customer has four activations, in four states.
func openOffices(b testing.TB, database string, sizeOfLarge int) *offices {
	b.Helper()
	var url, driver, source, at, date string
	if database == "SQLite" {
		path := filepath.Join(b.TempDir(), "countersign.db")
		url, driver, source = "sqlite:"+path, "sqlite", "file:"+path
		date = `date('2026-12-01', '+' || (i % 9) || ' days')`
		at = `strftime('%Y-%m-%d %H:%M:%S+00:00', '2026-01-01', '+' || i || ' minutes')`
	} else {
		url, driver = servertest.As(servertest.Postgres(b), servertest.Owner), "pgx"
		date = `DATE '2026-12-01' + CAST(i % 9 AS INTEGER)`
		source, at = url, `TIMESTAMPTZ '2026-01-01 00:00:00+00' + i * INTERVAL '1 minute'`
	}
	s, err := store.Open(b.Context(), url)
	must(b, err)
	b.Cleanup(func() { s.Close() })
	must(b, s.Migrate(b.Context()))
	raw, err := sql.Open(driver, source)
	must(b, err)
	defer raw.Close()
	o := &offices{s, b, map[string]int{small: sizeOfSmall, large: sizeOfLarge}}
	for office, employees := range map[string]int{small: 2, large: 20} {
		for _, statement := range insertStatements {
			statement = strings.NewReplacer("$office", office, "$count", fmt.Sprint(o.size[office]), "$employees", fmt.Sprint(employees), "$time", at, "$date", date).Replace(statement)
			if _, err := raw.Exec(statement); err != nil {
				b.Fatalf("%v: %s", err, statement)
			}
		}
	}
	_, err = raw.Exec("ANALYZE")
	must(b, err)
	return o
}

// numbersBelow is a table of the numbers from 0 to a limit.
const numbersBelow = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s) `

var insertStatements = []string{
	`INSERT INTO offices (id, name) VALUES ('$office', '$office')`,
	`INSERT INTO employees (id, office_id, name, email, role) ` + fmt.Sprintf(numbersBelow, "$employees") +
		`SELECT '$office-employee-' || i, '$office', 'Employee', i || '@$office.example', 'manager' FROM n`,
	`INSERT INTO customers (id, office_id, organisation_number, name, name_key, created_at) ` + fmt.Sprintf(numbersBelow, "$count / 4") +
		`SELECT '$office-customer-' || i, '$office', CAST(i AS TEXT), 'Kund ' || i, 'kund ' || i, '2026-01-05 08:00:00+00:00' FROM n`,
	`INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open) ` + fmt.Sprintf(numbersBelow, "$count / 4") +
		`SELECT '$office-task-' || i, '$office', '$office-customer-' || i, '$office-employee-' || (i / 2 % $employees), 'Bokföring', TRUE FROM n`,
	`INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient, period_start, period_month,
		agreement_months, locale, requested_by, requested_at, updated_at, ends_on, expires_at) ` + fmt.Sprintf(numbersBelow, "$count") +
		`SELECT '$office-' || substr(CAST(1000000 + i AS TEXT), 2), '$office', '$office-customer-' || (i / 4),
			'solution-' || ((i / 4 + i % 4 / 2) % 2),
			'$office-task-' || (i / 4), 'on_platform', CASE i % 4 WHEN 0 THEN 'awaiting_approval' WHEN 1 THEN 'ended' WHEN 2 THEN 'active' ELSE 'declined' END,
			'office', 'on_approval', NULL, 12, 'sv', '$office-employee-' || (i / 8 % $employees),
			$time, $time, CASE i % 4 WHEN 2 THEN $date END, $time FROM n`,
}
