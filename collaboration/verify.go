package collaboration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"
)

// AuditReport is what a good file says.
type AuditReport struct {
	Activation ActivationID
	Rows       int
	// Erased counts the rows whose personal part was erased.
	Erased int
	Head   string
}

// VerifyAudit reads an exported file and checks every hash in it. Its error
// names the first row that is not as it was written.
func VerifyAudit(file io.Reader) (AuditReport, error) {
	f, err := readAudit(file)
	if err != nil {
		return AuditReport{}, fmt.Errorf("not an audit file: %w", err)
	}
	if f.Format != AuditFormat {
		return AuditReport{}, fmt.Errorf("the format is %q, not %q", f.Format, AuditFormat)
	}
	report := AuditReport{Activation: f.Activation, Rows: len(f.Rows), Head: Genesis(f.Activation)}
	for i, r := range f.Rows {
		if err := r.verify(f.Activation, i+1, report.Head); err != nil {
			return AuditReport{}, fmt.Errorf("row %d (%s): %w", i+1, r.Action, err)
		}
		if r.Commitment != "" && r.Salt == "" {
			if !slices.ContainsFunc(f.Rows[i+1:], AuditRow.erases) {
				return AuditReport{}, fmt.Errorf("row %d (%s): its personal part is missing, and no later row says that it was erased", i+1, r.Action)
			}
			report.Erased++
		}
		report.Head = r.Hash
	}
	if f.Head != report.Head {
		return AuditReport{}, fmt.Errorf("the head is %s, the last row's hash %s: rows are missing at the end", f.Head, report.Head)
	}
	return report, nil
}

func (r AuditRow) erases() bool { return r.Action == ActionPersonalDataErased }

func (r AuditRow) verify(id ActivationID, sequence int, previous string) error {
	switch {
	case r.Sequence != sequence:
		return fmt.Errorf("has the number %d: a row is missing, added or moved", r.Sequence)
	case r.Previous != previous:
		return errors.New("does not follow the row before it")
	case r.Seal(id) != r.Hash:
		return errors.New("was changed")
	case (r.Salt == "") != (r.Private == ""), r.Commitment == "" && r.Private != "":
		return errors.New("has a personal part that was not written with it")
	case r.Salt != "" && r.commitment() != r.Commitment:
		return errors.New("has a personal part that was changed")
	}
	return nil
}

// readAudit takes only what an export writes. The decoder alone takes more: a
// field twice or in other letters, a time's nanoseconds, more after the end.
// No hash holds those, and another program may read them.
func readAudit(file io.Reader) (f AuditFile, err error) {
	read, err := io.ReadAll(file)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(read, &f); err != nil {
		return f, err
	}
	written, err := json.Marshal(f.asWritten())
	if err == nil && !(utf8.Valid(read) && sameTokens(read, written)) {
		err = errors.New("it says more than an export, or says it otherwise")
	}
	return f, err
}

// asWritten has its times as the hashes have them.
func (f AuditFile) asWritten() AuditFile {
	rows := make([]AuditRow, len(f.Rows))
	for i, r := range f.Rows {
		r.At = r.At.UTC().Truncate(time.Microsecond)
		rows[i] = r
	}
	f.Rows = rows
	return f
}

// sameTokens compares two JSON texts, but for white space and the ways to
// escape a letter, which tools change.
func sameTokens(a, b []byte) bool {
	x, y := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	x.UseNumber()
	y.UseNumber()
	for {
		one, err := x.Token()
		other, otherErr := y.Token()
		if one != other || err != otherErr {
			return false
		}
		if err != nil {
			return err == io.EOF
		}
	}
}
