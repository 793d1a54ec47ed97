package directory

import (
	"context"
	"errors"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// errRollback ends a transaction without storing its changes.
var errRollback = errors.New("not to be stored")

// Import brings the customers of a file to the state of its lines, with the checks and the
// audit rows of single changes. Customers, tasks and administrators that the file lacks
// stay as they are, except for the tasks that the options close.
//
// A line with an error has no effect. The lines that can be imported are known only when
// all were tried, so that a first transaction that found errors is rolled back, and the
// other lines are tried again.
func (d Directory) Import(ctx context.Context, by directory.By, file directory.ImportFile, o directory.ImportOptions) (directory.ImportResult, error) {
	bad := slices.Clone(file.Bad)
	for {
		result, failed, err := tryImport(ctx, d, by, file.Rows, len(bad) > 0, o)
		if err != nil {
			return directory.ImportResult{}, err
		}
		bad = append(bad, failed...)
		result.Errors = bad
		if len(failed) == 0 || !o.Partial && !o.Preview {
			if len(bad) > 0 && !o.Partial && !o.Preview {
				result = directory.ImportResult{Errors: bad}
			}
			return result, nil
		}
		file.Rows = without(file.Rows, failed)
	}
}

// tryImport imports lines in one transaction. It stores nothing if one has an error.
func tryImport(ctx context.Context, d Directory, by directory.By, rows []collaboration.ImportRow, hasBad bool, o directory.ImportOptions) (result directory.ImportResult, failed []collaboration.RowError, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		if x.office, err = readOffice(ctx, x.Queries, by.OfficeID); err != nil {
			return err
		}
		m := newImporter(x, o)
		for _, row := range rows {
			if err := m.importRow(ctx, row); err != nil {
				return err
			}
		}
		if o.CloseMissingTasks && !hasBad && len(m.failed) == 0 {
			if err := m.closeMissing(ctx, rows); err != nil {
				return err
			}
		}
		result, failed = m.result, m.failed
		if len(failed) > 0 || o.Preview || hasBad && !o.Partial {
			return errRollback
		}
		return nil
	})
	if errors.Is(err, errRollback) {
		err = nil
	}
	return result, failed, err
}

// without returns the rows of lines without an error.
func without(rows []collaboration.ImportRow, failed []collaboration.RowError) []collaboration.ImportRow {
	isBad := map[int]bool{}
	for _, e := range failed {
		isBad[e.Line] = true
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r collaboration.ImportRow) bool { return isBad[r.Line] })
}
