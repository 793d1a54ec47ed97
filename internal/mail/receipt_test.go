package mail_test

import (
	"bytes"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/mail"
	"countersign/internal/receipt"
	"countersign/internal/receipt/receipttest"
)

// Both parties get the receipt, once, and no other mail has an attachment.
func TestApproved_HasReceipt(t *testing.T) {
	t.Parallel()
	approval := receipttest.Approval(collaboration.English)
	want, err := receipt.Render(approval)
	if err != nil {
		t.Fatal(err)
	}
	everyNotification(func(kind collaboration.NotificationKind, toOffice bool) {
		var out outbox
		m := notificationOf(kind, toOffice, collaboration.Swedish)
		isApproval := kind == collaboration.NotificationApproved
		if isApproval {
			m.Approval = &approval
		}
		if _, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got := out.sent[0]
		if len(got.Attachments) != map[bool]int{true: 1}[isApproval] || strings.Contains(got.Text, "är bifogat") != isApproval {
			t.Fatalf("%s, to the office %v: %d attachments\n%s", kind, toOffice, len(got.Attachments), got.Text)
		}
		if !isApproval {
			return
		}
		if a := got.Attachments[0]; a.Name != receipt.FileName(approval) || a.Type != "application/pdf" || !bytes.Equal(a.Content, want) {
			t.Errorf("attachment %s, %s, %d bytes", a.Name, a.Type, len(a.Content))
		}
	})
}
