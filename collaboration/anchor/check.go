package anchor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"countersign/collaboration"
)

// Check verifies the signatures of an audit with a valid chain, and that every head is
// one of its rows. Heads of other activations are an error. The error names the rows that
// differ.
func Check(file collaboration.AuditFile, keys Keys, heads ...SignedHead) error {
	return errors.Join(checkHeads(file, keys, heads), checkRows(file, keys))
}

// checkRows reports the first row without a valid signature. The signatures of all later
// rows are invalid too, because their hashes depend on it.
func checkRows(file collaboration.AuditFile, keys Keys) error {
	for _, row := range file.Rows {
		if err := Of(file.Activation, row).Verify(keys); err != nil {
			return fmt.Errorf("row %d (%s) %w", row.Sequence, row.Action, err)
		}
	}
	return nil
}

func checkHeads(file collaboration.AuditFile, keys Keys, heads []SignedHead) error {
	heads = slices.SortedStableFunc(slices.Values(heads), func(a, b SignedHead) int { return cmp.Compare(a.Sequence, b.Sequence) })
	unchanged := 0
	for _, head := range heads {
		if err := head.Verify(keys); err != nil {
			return fmt.Errorf("the signed head of row %d %w", head.Sequence, err)
		}
		switch {
		case head.Activation != file.Activation:
			return fmt.Errorf("the signed head is of the activation %s", head.Activation)
		case head.Sequence < 1:
			return errors.New("the signed head is of no row")
		case head.Sequence > len(file.Rows):
			return fmt.Errorf("the signed head is of row %d, but the audit has %d rows: rows are missing at the end", head.Sequence, len(file.Rows))
		}
		if row := file.Rows[head.Sequence-1]; row.Hash != head.Hash {
			return fmt.Errorf("row %d (%s) has the hash %s, but the signed head has %s: a row from %d to %d was changed",
				head.Sequence, row.Action, row.Hash, head.Hash, unchanged+1, head.Sequence)
		}
		unchanged = head.Sequence
	}
	return nil
}
