package store_test

import (
	"maps"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// handOn is a hand-on by the main contact of c-1003.
func handOn(o collaboration.Order, id, email string) message.Command {
	return message.Command{ID: id, Activation: o.Activation, Kind: collaboration.CommandHandOn, By: "a-1003", At: noon, Administrator: "a-colleague",
		HandOn: &message.HandOn{Colleague: collaboration.Contact{Name: "Per Öberg", Email: email, Phone: "070-123 45 67"}, Generation: 1}}
}

func TestHandOnInvitation_AddsAdministrator(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1003"))
		c := handOn(o, "m-1", "per@blabarsbageriet.example")
		for range 2 { // the second one is a retry
			id, err := b.HandOnInvitation(ctx, c)
			if err != nil || id != "a-colleague" {
				t.Fatalf("handed on to %q, %v", id, err)
			}
		}
		if n := b.count(t, "SELECT COUNT(*) FROM administrators WHERE customer_id = 'c-1003' AND lower(email) = 'per@blabarsbageriet.example' AND NOT main_contact"); n != 1 {
			t.Errorf("%d administrators with the address", n)
		}
		office := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationHandedOn, Number: 1, Administrator: "a-colleague", By: "a-1003", At: noon}
		d, err := b.BeginMail(ctx, office, "emp-maja")
		must(t, err)
		if m := d.Mail; !m.ToOffice || m.To.ID != "emp-maja" || m.DecidedBy != "Hjördis Blåbär" || m.InvitedName != "Per Öberg" || m.InvitedEmail != "per@blabarsbageriet.example" {
			t.Errorf("the office is notified of %+v", m)
		}
		l := invitation(o, 2)
		l.Administrator = "a-colleague"
		b.wantInvitees(t, l, "a-colleague")
		if d, err := b.BeginMail(ctx, l, ""); err != nil || d.Mail.To.Email != "per@blabarsbageriet.example" || d.Mail.SenderName != "Maja Ekström" {
			t.Errorf("invited %+v, %v", d.Mail.To, err)
		}
		// Handed on again: the first notification still names its colleague.
		again := handOn(o, "m-2", "ture@blabarsbageriet.example")
		again.By, again.Administrator = "a-colleague", "a-third"
		if id, err := b.HandOnInvitation(ctx, again); err != nil || id != "a-1003-2" {
			t.Errorf("handed on to an administrator: %q, %v", id, err)
		}
		if d, err := b.BeginMail(ctx, office, "emp-nils"); err != nil || d.Mail.InvitedName != "Per Öberg" {
			t.Errorf("the first notification names %q, %v", d.Mail.InvitedName, err)
		}
		b.wantHandOns(t, o, "Hjördis Blåbär to Per Öberg", "Per Öberg to Ture Blåbär")
		// The names stay readable without the people.
		must(t, b.exec("DELETE FROM administrators WHERE id IN ('a-1003', 'a-colleague')"))
		b.wantHandOns(t, o, "Hjördis Blåbär to Per Öberg", "Per Öberg to Ture Blåbär")
	})
}

func (b backend) wantHandOns(t *testing.T, o collaboration.Order, want ...string) {
	t.Helper()
	events, err := b.Events(ctx, o.Activation, 0)
	must(t, err)
	var got []string
	for _, e := range events {
		if e.Action == collaboration.ActionHandedOn {
			got = append(got, e.ByName+" to "+e.ToName)
		}
		if strings.Contains(e.Detail, "Per") || strings.Contains(e.Detail, "@") {
			t.Errorf("personal data in %s", e.Detail)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("handed on by %q, want %q", got, want)
	}
}

// A colleague in an activation that created the customer's first contact is compensated with
// the contact. Elsewhere the colleague stays.
func TestHandOnInvitation_Compensation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		contact, _ := b.customer(t, "c-1004").MainContact()
		c := handOn(o, "m-1", "per@kund.example")
		c.By = contact.ID
		_, err := b.HandOnInvitation(ctx, c)
		must(t, err)
		must(t, b.RemoveAdministrator(ctx, compensationOf(o)))
		if all := b.customer(t, "c-1004").Administrators; len(all) != 0 {
			t.Errorf("administrators %+v", all)
		}
	})
}

func TestHandOnInvitation_SeparatesParties(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*message.Command)
		before string
		code   collaboration.Code
	}{
		"by an employee":                                 {change: func(c *message.Command) { c.By = "emp-nils" }, code: collaboration.CodeAdministratorNotFound},
		"by another customer's administrator":            {change: func(c *message.Command) { c.By = "a-1001" }, code: collaboration.CodeAdministratorNotFound},
		"by an administrator with an employee's address": {before: "UPDATE administrators SET email = 'Nils@ekstroms.example' WHERE id = 'a-1003'", code: collaboration.CodeSeparationOfDuties},
		"to an employee":                                 {change: func(c *message.Command) { c.HandOn.Colleague.Email = "NILS@ekstroms.example" }, code: collaboration.CodeEmployeeAddress},
		"to an employee's address with a tag":            {change: func(c *message.Command) { c.HandOn.Colleague.Email = "nils+kund@ekstroms.example" }, code: collaboration.CodeEmployeeAddress},
		"to an administrator with an employee's address": {change: func(c *message.Command) { c.HandOn.Colleague.Email = "nils@ekstroms.example" }, before: "UPDATE administrators SET email = 'nils@ekstroms.example' WHERE id = 'a-1003-2'",
			code: collaboration.CodeEmployeeAddress},
		"of a closed activation": {before: "UPDATE activations SET state = 'withdrawn' WHERE customer_id = 'c-1003'", code: collaboration.CodeNotPending},
	}
	eachOnBoth(t, cases, func(t *testing.T, b backend, tt struct {
		change func(*message.Command)
		before string
		code   collaboration.Code
	}) {
		o := b.invited(t, orderFor("c-1003"))
		c := handOn(o, "m-1", "per@blabarsbageriet.example")
		if tt.change != nil {
			tt.change(&c)
		}
		if tt.before != "" {
			must(t, b.exec(tt.before))
		}
		before := b.rows(t)
		_, err := b.HandOnInvitation(ctx, c)
		wantCode(t, err, tt.code)
		if after := b.rows(t); !maps.Equal(before, after) {
			t.Errorf("it changed\n%v to\n%v", before, after)
		}
	})
}
