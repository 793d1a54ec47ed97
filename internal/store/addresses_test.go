package store_test

import (
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
)

// correct corrects the address of the contact that an activation has created.
func (b backend) correct(o collaboration.Order, id, email string) error {
	_, err := b.CorrectAddress(ctx, message.Command{ID: id, Activation: o.Activation, Email: email, By: "emp-nils", At: noon})
	return err
}

// mailsAbout returns the mails about the change of an address, as language and recipient.
func (b backend) mailsAbout(t *testing.T, change string) string {
	t.Helper()
	var all []string
	for _, m := range message.AddressMails(office, change) {
		mail, err := b.DirectoryMail(ctx, m)
		if collaboration.CodeOf(err) == collaboration.CodeNotFound {
			continue
		}
		must(t, err)
		if mail.CustomerName == "" || mail.OfficeName == "" || mail.To.Name == "" {
			t.Errorf("%+v", mail)
		}
		all = append(all, string(mail.Locale)+" "+mail.To.Email)
	}
	return strings.Join(all, ", ")
}

func (b backend) countAddressChanges(t *testing.T) (n int) {
	t.Helper()
	must(t, b.raw.QueryRow("SELECT COUNT(*) FROM address_changes").Scan(&n))
	return n
}

// The old and the new address receive a mail, in the language of the last invitation.
func TestEditAdministrator_RecordsAddress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		main, _ := b.customer(t, "c-1001").MainContact()
		to := func(email, change string) error {
			a := directory.Administrator{Contact: main.Contact}
			a.Email = email
			return d.EditAdministrator(ctx, maja, "c-1001", main.ID, a, change, nil)
		}
		must(t, to(strings.ToUpper(main.Email), ""))
		if n := b.countAddressChanges(t); n != 0 {
			t.Errorf("%d changes by upper case", n)
		}
		wantCode(t, to("ny@kund.example", ""), collaboration.CodeUnavailable)
		must(t, to("ny@kund.example", "change-1"))
		if got, want := b.mailsAbout(t, "change-1"), "sv "+strings.ToUpper(main.Email)+", sv ny@kund.example"; got != want {
			t.Errorf("mails %q, want %q", got, want)
		}
		o := orderFor("c-1001")
		o.Locale = collaboration.English
		b.invited(t, o)
		must(t, to("nyare@kund.example", "change-2"))
		if got, want := b.mailsAbout(t, "change-2"), "en ny@kund.example, en nyare@kund.example"; got != want {
			t.Errorf("mails %q, want %q", got, want)
		}
		if _, err := b.DirectoryMail(ctx, message.DirectoryMail{Kind: collaboration.MailNewAddress, OfficeID: "office-2", ID: "change-1"}); collaboration.CodeOf(err) != collaboration.CodeNotFound {
			t.Errorf("for another office: %v", err)
		}
		overview, err := b.Overview(ctx, office, time.Now())
		must(t, err)
		if last := overview.LastAddressChanges; overview.AddressChanges != 2 || len(last) != 2 || last[0].NewEmail == "" || last[0].ActorName != "Maja Ekström" || last[0].CustomerID != "c-1001" {
			t.Errorf("%d changes: %+v", overview.AddressChanges, last)
		}
		for of, at := range map[string]time.Time{office: time.Now().AddDate(0, 0, 31), "office-2": time.Now()} {
			if later, err := b.Overview(ctx, of, at); err != nil || later.AddressChanges != 0 || later.LastAddressChanges != nil {
				t.Errorf("%s at %s: %+v, %v", of, at, later.LastAddressChanges, err)
			}
		}
	})
}

// A correction changes the address of the contact once. The same address in upper case and the
// address of another administrator change none.
func TestCorrectAddress_RecordsAddress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		b.withColleagues(t, "c-1004")
		for _, step := range []struct {
			id, email string
			changed   bool
			stored    int
		}{
			{"m-1", "ny@kund.example", true, 1}, {"m-1", "ny@kund.example", true, 1}, {"m-2", "NY@kund.example", false, 1}, {"m-3", "bo@kund.example", false, 1},
		} {
			c := message.Command{ID: step.id, Activation: o.Activation, Email: step.email, By: "emp-nils", At: noon}
			changed, err := b.CorrectAddress(ctx, c)
			must(t, err)
			if n := b.countAddressChanges(t); changed != step.changed || n != step.stored {
				t.Errorf("%s: changed %v, %d stored", step.email, changed, n)
			}
			if mails := b.mailsAbout(t, c.AddressChange()); (mails != "") != step.changed {
				t.Errorf("%s: mails %q", step.email, mails)
			}
		}
	})
}
