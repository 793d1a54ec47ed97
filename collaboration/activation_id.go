package collaboration

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// ActivationID names one activation: "<subject>-<serial>". The subject is one
// per office, customer and solution and is the workflow's ID, so the engine
// itself refuses a second live one; the serial tells its activations apart.
// Both are opaque: workflow IDs are never encrypted.
type ActivationID string

const (
	subjectLength = 20 // base32 characters: 100 bits
	serialLength  = 16 // base32 characters: 80 bits
)

// opaque has only characters that are safe in URLs and easy to read out.
var opaque = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz123456789").WithPadding(base32.NoPadding)

// NewActivationID makes the name of a new activation.
func NewActivationID(officeID, customerID, solutionID string) ActivationID {
	sum := sha256.Sum256([]byte(officeID + "\x00" + customerID + "\x00" + solutionID))
	serial := make([]byte, serialLength*5/8)
	rand.Read(serial) // never fails, as documented
	return ActivationID(opaque.EncodeToString(sum[:])[:subjectLength] + "-" + opaque.EncodeToString(serial))
}

// ParseActivationID refuses what cannot be an activation's name.
func ParseActivationID(s string) (ActivationID, error) {
	subject, serial, ok := strings.Cut(s, "-")
	if !ok || len(subject) != subjectLength || len(serial) != serialLength || !isOpaque(subject) || !isOpaque(serial) {
		return "", &Error{Code: CodeActivationNotFound}
	}
	return ActivationID(s), nil
}

func isOpaque(s string) bool { return strings.Trim(s, "abcdefghjkmnpqrstuvwxyz123456789") == "" }

// WorkflowID is the ID of the execution that carries the activation.
func (id ActivationID) WorkflowID() string {
	subject, _, _ := strings.Cut(string(id), "-")
	return "activation-" + subject
}

// SubjectOf is the subject that an execution is about: an activation's own, or
// one of its letters. Others are about nobody, but for ids.
func SubjectOf(workflowID string) (subject string, ok bool) {
	kind, rest, _ := strings.Cut(workflowID, "-")
	subject, _, _ = strings.Cut(rest, "-")
	return subject, (kind == "activation" || kind == "letter") && len(subject) == subjectLength && isOpaque(subject)
}
