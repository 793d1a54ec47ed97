package message

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"countersign/collaboration"
)

// DirectoryMail identifies one mail about a change of an office's directory. The activity
// reads the address, so that no history has it.
type DirectoryMail struct {
	Kind     collaboration.DirectoryMailKind `json:"kind"`
	OfficeID string                          `json:"office_id"`
	// ID is the id of the new employee, or of the change of an administrator's address.
	ID string `json:"id"`
}

// AddressMails returns the mails about the change of an administrator's address: to the old
// and to the new address.
func AddressMails(officeID, change string) []DirectoryMail {
	return []DirectoryMail{{collaboration.MailOldAddress, officeID, change}, {collaboration.MailNewAddress, officeID, change}}
}

// WorkflowID is the same for every attempt to send the mail.
func (m DirectoryMail) WorkflowID() string {
	return fmt.Sprintf("directory-mail:%s:%s", m.Kind, m.ID)
}

// Summary describes the mail to operators.
func (m DirectoryMail) Summary() string { return fmt.Sprintf("mail %s · %s", m.Kind, m.ID) }

// Details describes the mail to operators.
func (m DirectoryMail) Details() string {
	return fmt.Sprintf("A mail about a change of the directory of office %s, with retries for a week.", m.OfficeID)
}

// AddressChange returns the id of the change of an address by a CommandCorrect. It is a hash,
// because the caller chooses the id of the command.
func (c Command) AddressChange() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s", c.Activation, c.ID))
	return hex.EncodeToString(sum[:16])
}
