package cache_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// Releases share Redis, so one key prefix has one format. If this test fails, raise the
// version in the prefix and update both constants.
func TestEntryFormat(t *testing.T) {
	t.Parallel()
	const (
		key   = "countersign:customer:5:c-1"
		value = `{"ID":"c-1","OfficeID":"office-1","Name":"Åkessons Bageri","OrganisationNumber":"5566778899","CreatedAt":"2026-11-23T10:11:12.131415Z","Reference":"","ArchivedAt":"0001-01-01T00:00:00Z","Version":0,"Tasks":[{"ID":"t-1","CustomerID":"c-1","Name":"Bokföring","OwnerID":"emp-maja","Open":true,"Reference":""}],"Subscriptions":[{"SolutionID":"financial-overview","Variant":"","InvoiceRecipient":"office","Since":"2026-01-02T03:04:05Z","RenewsOn":"","ActivatedBy":"a-1"}],"Administrators":[{"ID":"adm-1","CustomerID":"c-1","name":"Åsa","email":"asa@bagarn.example","phone":"070-123 45 67","MainContact":true,"CreatedBy":"a-1"}]}`
	)
	m := miniredis.RunT(t)
	c, _ := newPatient(t, client(t, m.Addr()), newSource())
	look(t, c, "office-1", "c-1", name)
	if got, err := m.Get(key); err != nil || got != value {
		t.Errorf("got %s, %v (keys %v)", got, err, m.Keys())
	}
}
