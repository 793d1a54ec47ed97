package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Colleagues returns the employees of an office with their work, by name.
func (d Directory) Colleagues(ctx context.Context, officeID string) ([]directory.Colleague, error) {
	rows, err := d.read.EmployeesOfOffice(ctx, officeID)
	if err != nil {
		return nil, sqldb.Failure(err)
	}
	work, err := d.read.WorkOfEmployees(ctx, officeID)
	if err != nil {
		return nil, sqldb.Failure(err)
	}
	counts := map[string]db.WorkOfEmployeesRow{}
	for _, w := range work {
		counts[w.ID] = w
	}
	all := make([]directory.Colleague, len(rows))
	for i, row := range rows {
		all[i] = directory.Colleague{
			Employee: collaboration.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: collaboration.Role(row.Role),
				Reference: string(row.Reference), DeactivatedAt: row.DeactivatedAt.Time.UTC(), Version: row.Version},
			OpenTasks: int(counts[row.ID].Tasks), LiveActivations: int(counts[row.ID].Activations),
		}
	}
	slices.SortStableFunc(all, func(a, b directory.Colleague) int {
		return strings.Compare(column.NameKey(a.Name), column.NameKey(b.Name))
	})
	return all, nil
}

// endOfTime is after every change.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Changes returns the recorded changes of an office's directory before a cursor, newest
// first, and the cursor of the next page.
func (d Directory) Changes(ctx context.Context, officeID string, p collaboration.Page) (changes []directory.Change, next string, err error) {
	before, id := endOfTime, ""
	if p.After != "" {
		instant, after, _ := strings.Cut(p.After, "_")
		if before, err = time.Parse(time.RFC3339Nano, instant); err != nil {
			return nil, "", invalid("after", collaboration.CodeInvalidFormat)
		}
		id = after
	}
	rows, err := d.read.DirectoryChanges(ctx, db.DirectoryChangesParams{OfficeID: officeID, Before: before, BeforeID: id, MaxRows: int32(p.Limit + 1)})
	if err != nil {
		return nil, "", sqldb.Failure(err)
	}
	for i, row := range rows {
		if i == p.Limit {
			last := changes[i-1]
			return changes, last.At.Format(time.RFC3339Nano) + "_" + last.ID, nil
		}
		changes = append(changes, directory.Change{ID: row.ID, At: row.HappenedAt.UTC(), By: row.Actor, ByName: string(row.ActorName), Action: row.Action, Subject: row.Subject, SubjectName: row.SubjectName, CustomerName: row.CustomerName, Detail: row.Detail})
	}
	return changes, "", nil
}
