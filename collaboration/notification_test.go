package collaboration_test

import (
	"testing"

	"countersign/collaboration"
)

func TestNotificationKinds_HaveRecipients(t *testing.T) {
	t.Parallel()
	for _, k := range collaboration.NotificationKinds() {
		if !k.ToCustomer() && !k.ToOffice() {
			t.Errorf("%s has no recipient", k)
		}
		if k.AsksToApprove() && (k.ToOffice() || !k.ToCustomer()) {
			t.Errorf("%s has an approval link for the office", k)
		}
	}
}
