package collaboration

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AuditRow is one row of an activation's audit chain.
//
// Hash is the SHA-256 of a list of netstrings, each the length in bytes, a colon, the value
// and a comma: "countersign audit 1", Previous, the activation's ID, Sequence in decimal,
// Key, Action, By, At in UTC as 2006-01-02T15:04:05.000000Z, Detail byte for byte,
// Commitment. Previous is the hash of the row before, or Genesis in the first row.
//
// Personal data is outside the chain and bound to it: Commitment is the SHA-256 of the
// netstrings "countersign private 1", Salt and Private. A chain is valid without Salt and
// Private if a later row records the erasure of personal data.
type AuditRow struct {
	Sequence int       `json:"sequence"`
	Key      string    `json:"key"`
	Action   Action    `json:"action"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	// Detail is a small JSON object without personal data.
	Detail   string `json:"detail"`
	Previous string `json:"previous"`
	Hash     string `json:"hash"`
	// Commitment is empty in a row without personal data.
	Commitment string `json:"commitment,omitempty"`
	// Salt, in hex, and Private, a JSON object, are empty after the erasure.
	Salt    string `json:"salt,omitempty"`
	Private string `json:"private,omitempty"`
	// Signature, in base64url, is that of the chain up to this row, by the key KeyID: see
	// package anchor. No hash covers it.
	KeyID     string `json:"key_id,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// AuditFile is the exported audit of an activation.
type AuditFile struct {
	Format     string       `json:"format"`
	Activation ActivationID `json:"activation"`
	// LastHash is the hash of the last row. With an earlier one, an auditor can detect
	// missing rows at the end.
	LastHash string     `json:"last_hash"`
	Rows     []AuditRow `json:"rows"`
}

// AuditFormat is the version of the format and of its hashes.
const AuditFormat = "countersign audit 1"

const auditTime = "2006-01-02T15:04:05.000000Z"

// Genesis returns the Previous of the first row of an activation's chain.
func Genesis(id ActivationID) string { return hashOf(AuditFormat, string(id)) }

// ComputeHash returns the hash of the row in the chain of an activation.
func (r AuditRow) ComputeHash(id ActivationID) string {
	return hashOf(AuditFormat, r.Previous, string(id), strconv.Itoa(r.Sequence), r.Key, string(r.Action), r.By,
		r.At.UTC().Format(auditTime), r.Detail, r.Commitment)
}

// Commit binds personal data to a row, with a new salt.
func (r *AuditRow) Commit(private string) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails, as documented
	r.Salt, r.Private = hex.EncodeToString(salt), private
	r.Commitment = r.commitment()
}

func (r AuditRow) commitment() string { return hashOf("countersign private 1", r.Salt, r.Private) }

// Netstrings encodes a list of values. Different lists have different encodings.
func Netstrings(parts ...string) []byte {
	var list []byte
	for _, p := range parts {
		list = fmt.Appendf(list, "%d:%s,", len(p), p)
	}
	return list
}

func hashOf(parts ...string) string {
	sum := sha256.Sum256(Netstrings(parts...))
	return hex.EncodeToString(sum[:])
}

// AuditReport is the summary of a valid file.
type AuditReport struct {
	Activation ActivationID
	Rows       int
	// Erased counts the rows with erased personal data.
	Erased   int
	LastHash string
	// File is the verified file.
	File AuditFile
}

// VerifyAudit reads an exported file and checks every hash. The error names the first
// invalid row.
func VerifyAudit(file io.Reader) (AuditReport, error) {
	f, err := readAudit(file)
	if err != nil {
		return AuditReport{}, fmt.Errorf("not an audit file: %w", err)
	}
	if f.Format != AuditFormat {
		return AuditReport{}, fmt.Errorf("the format is %q, not %q", f.Format, AuditFormat)
	}
	report := AuditReport{Activation: f.Activation, Rows: len(f.Rows), LastHash: Genesis(f.Activation), File: f}
	for i, r := range f.Rows {
		if err := r.verify(f.Activation, i+1, report.LastHash); err != nil {
			return AuditReport{}, fmt.Errorf("row %d (%s): %w", i+1, r.Action, err)
		}
		if r.Commitment != "" && r.Salt == "" {
			if !slices.ContainsFunc(f.Rows[i+1:], AuditRow.erases) {
				return AuditReport{}, fmt.Errorf("row %d (%s): its personal data is missing, and no later row records an erasure", i+1, r.Action)
			}
			report.Erased++
		}
		report.LastHash = r.Hash
	}
	if f.LastHash != report.LastHash {
		return AuditReport{}, fmt.Errorf("last_hash is %s, but the last row has the hash %s: rows are missing at the end", f.LastHash, report.LastHash)
	}
	return report, nil
}

func (r AuditRow) erases() bool { return r.Action == ActionPersonalDataErased }

func (r AuditRow) verify(id ActivationID, sequence int, previous string) error {
	switch {
	case r.Sequence != sequence:
		return fmt.Errorf("has the sequence number %d: a row is missing, added or moved", r.Sequence)
	case r.Previous != previous:
		return errors.New("has another previous hash than that of the row before")
	case r.ComputeHash(id) != r.Hash:
		return errors.New("does not match its hash")
	case (r.Salt == "") != (r.Private == ""), r.Commitment == "" && r.Private != "":
		return errors.New("has personal data that does not belong to it")
	case r.Salt != "" && r.commitment() != r.Commitment:
		return errors.New("has personal data that does not match its commitment")
	}
	return nil
}

// readAudit accepts only the output of an export. The JSON decoder also accepts a field
// twice or in another case, nanoseconds in a time, and data after the end. No hash covers
// those, and another program may read them differently.
func readAudit(file io.Reader) (f AuditFile, err error) {
	read, err := io.ReadAll(file)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(read, &f); err != nil {
		return f, err
	}
	written, err := json.Marshal(f.normalised())
	if err == nil && !(utf8.Valid(read) && sameTokens(read, written)) {
		err = errors.New("it is not in the form that an export has")
	}
	return f, err
}

// normalised returns the file with its times as in the hashes.
func (f AuditFile) normalised() AuditFile {
	rows := make([]AuditRow, len(f.Rows))
	for i, r := range f.Rows {
		r.At = r.At.UTC().Truncate(time.Microsecond)
		rows[i] = r
	}
	f.Rows = rows
	return f
}

// sameTokens compares two JSON texts. It ignores white space and the escaping of
// characters, which tools change.
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
