package anchor

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"countersign/collaboration"
)

// SignedHead is the last row of an audit chain at one time, signed.
//
// The signature is Ed25519 over a list of netstrings, each the length in bytes, a colon,
// the value and a comma: "countersign head 1", Activation, Sequence in decimal, Hash,
// KeyID.
type SignedHead struct {
	Activation collaboration.ActivationID
	Sequence   int
	Hash       string
	// KeyID is the RFC 7638 thumbprint of the public key.
	KeyID string
	// Signature is in base64url without padding.
	Signature string
}

// Of returns the signed head at a row of an activation's chain.
func Of(id collaboration.ActivationID, r collaboration.AuditRow) SignedHead {
	return SignedHead{Activation: id, Sequence: r.Sequence, Hash: r.Hash, KeyID: r.KeyID, Signature: r.Signature}
}

// SignedText returns the bytes that the signature covers.
func (h SignedHead) SignedText() []byte {
	return collaboration.Netstrings("countersign head 1", string(h.Activation), strconv.Itoa(h.Sequence), h.Hash, h.KeyID)
}

// textPrefix begins the text of a signed head.
const textPrefix = "countersign-head-1"

// String returns the head as text, for mails, receipts and webhooks:
// countersign-head-1.ACTIVATION.SEQUENCE.HASH.KEY-ID.SIGNATURE. It is "" for a row without
// a signature.
func (h SignedHead) String() string {
	if h.Signature == "" {
		return ""
	}
	return strings.Join([]string{textPrefix, string(h.Activation), strconv.Itoa(h.Sequence), h.Hash, h.KeyID, h.Signature}, ".")
}

var (
	headText = regexp.MustCompile(textPrefix + `\.([a-z0-9]+-[a-z0-9]+)\.([1-9][0-9]{0,8})\.([0-9a-f]{64})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})`)
	// lineBreaks are the line breaks that mail programs and PDF viewers insert, also those
	// of quoted-printable.
	lineBreaks = regexp.MustCompile(`=?\r?\n|[ \t]+`)
)

// Find returns the signed heads in a file of any kind: text, JSON, a mail, a PDF with
// uncompressed metadata.
func Find(file []byte) (heads []SignedHead) {
	for _, m := range headText.FindAllSubmatch(lineBreaks.ReplaceAll(file, nil), -1) {
		sequence, err := strconv.Atoi(string(m[2]))
		if err != nil {
			continue
		}
		heads = append(heads, SignedHead{Activation: collaboration.ActivationID(m[1]), Sequence: sequence, Hash: string(m[3]), KeyID: string(m[4]), Signature: string(m[5])})
	}
	return heads
}

// Verify checks the signature.
func (h SignedHead) Verify(keys Keys) error {
	if h.Signature == "" {
		return errors.New("is not signed")
	}
	key, found := keys.find(h.KeyID)
	if !found {
		return fmt.Errorf("is signed with the key %s, which is not in the list of keys", h.KeyID)
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(h.Signature)
	if err != nil || !ed25519.Verify(key, h.SignedText(), signature) {
		return errors.New("does not match its signature")
	}
	return nil
}
