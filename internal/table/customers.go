package table

import (
	"io"

	"countersign/collaboration"
)

// ReadCustomers reads a file of customers and their tasks. It returns the valid rows,
// and the errors of all others. A file with too many rows has no valid row. The error
// is that of the reader.
func ReadCustomers(r io.Reader, solutions collaboration.Catalogue) (rows []collaboration.ImportRow, wrong []collaboration.RowError, err error) {
	checker := collaboration.NewImportChecker(solutions)
	columns, required := collaboration.ImportColumns()
	wrong, isComplete, err := read(r, columns, required, func(line int, values map[string]string) []collaboration.FieldError {
		row, invalid := checker.Check(line, values)
		if len(invalid) == 0 {
			rows = append(rows, row)
		}
		return invalid
	})
	if !isComplete {
		rows = nil
	}
	return rows, LimitErrors(wrong), err
}
