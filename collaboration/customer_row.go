package collaboration

import (
	"slices"
	"strings"
)

// The columns of a customer file. A missing column is the same as an empty one.
const (
	columnNumber     = "organisation_number"
	columnName       = "name"
	columnTask       = "task"
	columnTaskOwner  = "task_owner_email"
	columnTaskStatus = "task_status" // open or closed; open if empty
	columnSolutions  = "solutions"   // ids, separated by spaces or |
	// administratorPrefix precedes the fields of a Contact.
	administratorPrefix = "administrator_"
)

// ImportColumns returns the columns of a customer file, and those it must have.
func ImportColumns() (all, required []string) {
	all = []string{columnNumber, columnName, columnTask, columnTaskOwner, columnTaskStatus, columnSolutions}
	return append(all, ContactNames(administratorPrefix)...), []string{columnNumber, columnName}
}

// maxImportText limits the names of customers and tasks, in characters.
const maxImportText = 200

// ImportRow is one valid line of a customer file: a customer, and one task if TaskName
// is set. A customer with several tasks has several lines.
type ImportRow struct {
	Line               int
	OrganisationNumber OrganisationNumber
	Name               string
	TaskName           string
	TaskOwnerEmail     string
	TaskOpen           bool
	// HasTaskStatus is false if the line leaves the status of an existing task as it is.
	HasTaskStatus bool
	Administrator *Contact
	SolutionIDs   []string
}

// RowError is an error of one line of a file.
type RowError struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	Code  Code   `json:"code"`
}

// ImportChecker checks the lines of one customer file, in order.
type ImportChecker struct {
	solutions Catalogue
	// names are the customers of earlier lines by their numbers, and tasks the pairs
	// of customer and task.
	names map[OrganisationNumber]string
	tasks map[[2]string]bool
	// administrators are those of earlier lines, by customer and address.
	administrators map[[2]string]Contact
}

// NewImportChecker returns a checker for one file.
func NewImportChecker(solutions Catalogue) *ImportChecker {
	return &ImportChecker{solutions: solutions, names: map[OrganisationNumber]string{}, tasks: map[[2]string]bool{}, administrators: map[[2]string]Contact{}}
}

// Check returns the row of a line's values by column, and every invalid field.
func (i *ImportChecker) Check(line int, values map[string]string) (ImportRow, []FieldError) {
	row := ImportRow{Line: line, Name: values[columnName], TaskName: values[columnTask], TaskOwnerEmail: values[columnTaskOwner]}
	var wrong FieldErrors
	i.checkCustomer(&row, values[columnNumber], &wrong)
	row.checkTask(values[columnTaskStatus], &wrong)
	i.checkAdministrator(&row, values, &wrong)
	i.checkSolutions(&row, values[columnSolutions], &wrong)
	return row, wrong
}

func (i *ImportChecker) checkCustomer(row *ImportRow, number string, wrong *FieldErrors) {
	checkImportText(columnName, row.Name, true, ValidName, wrong)
	if number == "" {
		wrong.Add(columnNumber, CodeRequired)
		return
	}
	var err error
	if row.OrganisationNumber, err = ParseOrganisationNumber(number); err != nil {
		wrong.Add(columnNumber, CodeInvalidFormat)
		return
	}
	// A duplicate is the same number with another name, or a line that occurs twice.
	name, known := i.names[row.OrganisationNumber]
	task := [2]string{string(row.OrganisationNumber), row.TaskName}
	switch {
	case known && name != row.Name:
		wrong.Add(columnNumber, CodeDuplicate)
	case i.tasks[task] && row.TaskName == "":
		wrong.Add(columnNumber, CodeDuplicate)
	case i.tasks[task]:
		wrong.Add(columnTask, CodeDuplicate)
	}
	if !known {
		i.names[row.OrganisationNumber] = row.Name
	}
	i.tasks[task] = true
}

func (i *ImportChecker) checkSolutions(row *ImportRow, ids string, wrong *FieldErrors) {
	for _, id := range strings.FieldsFunc(ids, func(r rune) bool { return r == ' ' || r == '|' }) {
		if _, ok := i.solutions.Solution(id); !ok {
			wrong.Add(columnSolutions, CodeInvalidChoice)
			return
		}
		if !slices.Contains(row.SolutionIDs, id) {
			row.SolutionIDs = append(row.SolutionIDs, id)
		}
	}
}

func (r *ImportRow) checkTask(status string, wrong *FieldErrors) {
	checkImportText(columnTask, r.TaskName, r.TaskOwnerEmail != "", ValidTaskName, wrong)
	switch {
	case r.TaskOwnerEmail == "" && r.TaskName != "":
		wrong.Add(columnTaskOwner, CodeRequired)
	case r.TaskOwnerEmail != "" && !ValidEmail(r.TaskOwnerEmail):
		wrong.Add(columnTaskOwner, CodeInvalidFormat)
	}
	r.HasTaskStatus = status != "" && r.TaskName != ""
	switch strings.ToLower(status) {
	case "", "open":
		r.TaskOpen = r.TaskName != ""
	case "closed":
	default:
		wrong.Add(columnTaskStatus, CodeInvalidChoice)
	}
}

func (i *ImportChecker) checkAdministrator(row *ImportRow, values map[string]string, wrong *FieldErrors) {
	c := ReadContact(administratorPrefix, func(name string) string { return values[name] }).Clean()
	if c == (Contact{}) {
		return
	}
	*wrong = append(*wrong, c.Check(administratorPrefix)...)
	row.Administrator = &c
	// Two lines with different data of one person would change it again in every import.
	key := [2]string{string(row.OrganisationNumber), strings.ToLower(c.Email)}
	earlier, known := i.administrators[key]
	if known && (earlier.Name != c.Name || earlier.Phone != c.Phone) {
		wrong.Add(administratorPrefix+"email", CodeDuplicate)
	}
	i.administrators[key] = c
}

func checkImportText(column, value string, isRequired bool, isValid func(string) bool, wrong *FieldErrors) {
	if value != "" || isRequired {
		wrong.CheckText(column, value, maxImportText, isValid)
	}
}
