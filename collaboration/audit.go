package collaboration

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// AuditRow is one row of an activation's audit, in its chain.
//
// Hash is the SHA-256 of, each as a netstring (its length in bytes, a colon,
// itself, a comma): "countersign audit 1", Previous, the activation's id,
// Sequence in decimal, Key, Action, By, At in UTC as
// 2006-01-02T15:04:05.000000Z, Detail byte for byte, Commitment. Previous is
// the hash of the row before, and Genesis for the first.
//
// What is personal is not in the chain itself but bound to it: Commitment is
// the SHA-256 of the netstrings "countersign private 1", Salt and Private.
// Without Salt and Private the chain still verifies, where a row after it says
// that personal data was erased.
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
	// Commitment is empty where nothing is personal.
	Commitment string `json:"commitment,omitempty"`
	// Salt, in hex, and Private, a JSON object, are empty once erased.
	Salt    string `json:"salt,omitempty"`
	Private string `json:"private,omitempty"`
}

// AuditFile is an activation's audit as it is exported.
type AuditFile struct {
	Format     string       `json:"format"`
	Activation ActivationID `json:"activation"`
	// Head is the last row's hash: who noted it elsewhere sees whether rows
	// were cut off at the end.
	Head string     `json:"head"`
	Rows []AuditRow `json:"rows"`
}

// AuditFormat names the format, and the rules of its hashes.
const AuditFormat = "countersign audit 1"

const auditTime = "2006-01-02T15:04:05.000000Z"

// Genesis is what an activation's chain begins with.
func Genesis(id ActivationID) string { return netstrings(AuditFormat, string(id)) }

// Seal is the hash of a row in the chain of an activation.
func (r AuditRow) Seal(id ActivationID) string {
	return netstrings(AuditFormat, r.Previous, string(id), strconv.Itoa(r.Sequence), r.Key, string(r.Action), r.By,
		r.At.UTC().Format(auditTime), r.Detail, r.Commitment)
}

// Commit binds what is personal to a row, with a fresh salt.
func (r *AuditRow) Commit(private string) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails, as documented
	r.Salt, r.Private = hex.EncodeToString(salt), private
	r.Commitment = r.commitment()
}

func (r AuditRow) commitment() string { return netstrings("countersign private 1", r.Salt, r.Private) }

// netstrings hashes parts so that no two lists of parts look alike.
func netstrings(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s,", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
