package table

import (
	"io"

	"countersign/collaboration"
)

// ReadBatch reads a file of customers to activate a solution for. It returns the valid
// rows, and the errors of all others. A file without rows is an error. The activation
// of each row is checked later, when the batch starts it.
func ReadBatch(r io.Reader, solutionID string) (rows []collaboration.BatchRow, wrong []collaboration.RowError, err error) {
	wrong, isComplete, err := read(r, collaboration.BatchColumns(), nil, func(line int, values map[string]string) []collaboration.FieldError {
		row, invalid := collaboration.NewBatchRow(line, solutionID, values)
		if len(invalid) == 0 {
			rows = append(rows, row)
		}
		return invalid
	})
	if !isComplete {
		rows = nil
	}
	if err == nil && len(wrong) == 0 && len(rows) == 0 {
		wrong = []collaboration.RowError{{Line: 1, Code: collaboration.CodeRequired}}
	}
	return rows, LimitErrors(wrong), err
}
