package directory

import (
	"context"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/app"
	"countersign/internal/table"
)

// Import brings the customers of a file to the state of its lines. Lines with errors
// reject the file, unless the options allow the import of the others. A preview returns
// the errors with what the other lines would change.
func Import(ctx context.Context, d *Directory, e collaboration.Employee, file directory.ImportFile, o directory.ImportOptions) (directory.ImportResult, error) {
	if len(file.Rows) == 0 && len(file.Bad) > 0 && !o.Preview {
		return directory.ImportResult{}, wrongRows(file.Bad)
	}
	result, err := app.CallWithin(ctx, d.importTimeout, func(ctx context.Context) (directory.ImportResult, error) {
		if !o.Preview {
			if err := syncAccess(ctx, d, e); err != nil {
				return directory.ImportResult{}, err
			}
		}
		return d.store.Import(ctx, by(e), file, o)
	})
	if err != nil {
		return result, err
	}
	slices.SortStableFunc(result.Errors, func(a, b collaboration.RowError) int { return a.Line - b.Line })
	result.Errors = table.LimitErrors(result.Errors)
	if len(result.Errors) > 0 && !o.Partial && !o.Preview {
		return result, wrongRows(result.Errors)
	}
	return result, nil
}

func wrongRows(rows []collaboration.RowError) error {
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Rows: rows}
}
