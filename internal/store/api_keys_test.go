package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/collaboration/directory"
)

var majaOfOffice = collaboration.Employee{ID: "emp-maja", OfficeID: office, Name: "Maja Ekström", Role: collaboration.RoleManager}

// addKey creates an API key of the small office, and returns it with its secret.
func (b backend) addAPIKey(t *testing.T, n apikey.New) (apikey.Key, string) {
	t.Helper()
	secret := apikey.NewSecret()
	k, err := b.APIKeys().Add(ctx, majaOfOffice, n, apikey.Hash(secret))
	must(t, err)
	return k, secret
}

func TestAPIKeys_AddUseRevoke(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		keys, now := b.APIKeys(), time.Now()
		k, secret := b.addAPIKey(t, apikey.New{Name: "Practice system", Scope: collaboration.ScopeManage, ExpiresAt: now.Add(time.Hour)})
		p, err := keys.Program(ctx, apikey.Hash(secret), now)
		if err != nil || p.Scope != collaboration.ScopeManage || p.Email != "" || p.Employee == nil || p.Name != "Practice system" ||
			p.Employee.ID != k.ID || !collaboration.IsProgram(k.ID) || p.Employee.OfficeID != office || p.Employee.Role != collaboration.RoleManager || p.Employee.OfficeLocale != collaboration.Swedish {
			t.Fatalf("%+v, %+v, %v", p, p.Employee, err)
		}
		_, err = keys.Program(ctx, apikey.Hash(secret), now.Add(time.Hour))
		wantCode(t, err, collaboration.CodeTokenExpired)
		_, err = keys.Program(ctx, apikey.Hash(secret+"x"), now)
		wantCode(t, err, collaboration.CodeTokenInvalid)

		all, err := keys.List(ctx, office)
		must(t, err)
		if len(all) != 1 || all[0].Name != "Practice system" || all[0].CreatedByName != "Maja Ekström" || all[0].LastUsedAt.IsZero() || !all[0].CreatedAt.Equal(k.CreatedAt) || !all[0].ExpiresAt.Equal(k.ExpiresAt) {
			t.Errorf("%+v", all)
		}
		if others, err := keys.List(ctx, "office-2"); err != nil || len(others) != 0 {
			t.Errorf("another office has %v, %v", others, err)
		}
		wantCode(t, keys.Revoke(ctx, collaboration.Employee{ID: "emp-sara", OfficeID: "office-2"}, k.ID), collaboration.CodeAPIKeyNotFound)
		must(t, keys.Revoke(ctx, majaOfOffice, k.ID))
		must(t, keys.Revoke(ctx, majaOfOffice, k.ID))
		_, err = keys.Program(ctx, apikey.Hash(secret), now)
		wantCode(t, err, collaboration.CodeTokenRevoked)

		recorded := b.dump(t, "directory_changes")
		if strings.Count(recorded, "api_key_added") != 1 || strings.Count(recorded, "api_key_revoked") != 1 || !strings.Contains(recorded, `"scope":"manage"`) || strings.Contains(recorded, "Practice") {
			t.Errorf("recorded %s", recorded)
		}
		if stored := b.dump(t, "api_keys"); strings.Contains(stored, secret) || strings.Contains(stored, strings.TrimPrefix(secret, apikey.SecretPrefix)) {
			t.Error("the secret is stored")
		}
	})
}

// A use is written once a minute at most, so that a read costs no write.
func TestAPIKeys_LastUseIsWrittenOncePerMinute(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, secret := b.addAPIKey(t, apikey.New{Name: "n", Scope: collaboration.ScopeRead})
		first := time.Now().UTC().Truncate(time.Second)
		for _, tt := range []struct{ at, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {30 * time.Second, 60 * time.Second}} {
			_, err := b.APIKeys().Program(ctx, apikey.Hash(secret), first.Add(tt.at))
			must(t, err)
			all, err := b.APIKeys().List(ctx, office)
			must(t, err)
			if got := all[0].LastUsedAt.Sub(first); got != tt.want {
				t.Errorf("after a use at %s: %s, want %s", tt.at, got, tt.want)
			}
		}
		if !b.sqlite() {
			return
		}
		pool := b.Pools()["facts_writer"]
		only, err := pool.Conn(ctx)
		must(t, err)
		defer only.Close()
		_, err = b.APIKeys().Program(ctx, apikey.Hash(secret), first.Add(90*time.Second))
		if waits := pool.Stats().WaitCount; err != nil || waits != 0 {
			t.Errorf("a use in the same minute waited %d times for the writer, %v", waits, err)
		}
	})
}

func TestAPIKeys_RejectDuplicatesAndTooMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		keys, n := b.APIKeys(), apikey.New{Name: "Practice system", Scope: collaboration.ScopeRead}
		first, _ := b.addAPIKey(t, n)
		n.Name = "PRACTICE system"
		_, err := keys.Add(ctx, majaOfOffice, n, "h")
		wantField(t, err, collaboration.FieldError{Field: "name", Code: collaboration.CodeDuplicate})
		must(t, keys.Revoke(ctx, majaOfOffice, first.ID))
		for i := range 50 {
			n.Name = fmt.Sprint("Practice system ", i)
			b.addAPIKey(t, n)
		}
		n.Name = "Practice system"
		_, err = keys.Add(ctx, majaOfOffice, n, "h")
		wantCode(t, err, collaboration.CodeTooManyAPIKeys)
	})
}

func TestAPIKeys_OfDeactivatedOfficeHaveNoRights(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, secret := b.addAPIKey(t, apikey.New{Name: "n", Scope: collaboration.ScopeWrite})
		for _, active := range []bool{false, true} {
			must(t, b.Offices().SetActive(ctx, office, active))
			if p, err := b.APIKeys().Program(ctx, apikey.Hash(secret), time.Now()); err != nil || (p.Employee != nil) != active {
				t.Errorf("active %v: %+v, %v", active, p, err)
			}
		}
	})
}

// A program is in no list of people, and cannot be made one.
func TestPrograms_AreNoPeople(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		people := func() string {
			employees, err := b.Employees(ctx, office)
			must(t, err)
			colleagues, err := b.OfficeDirectory().Colleagues(ctx, office)
			must(t, err)
			offices, err := b.Offices().List(ctx)
			must(t, err)
			return fmt.Sprint(len(employees), len(colleagues), offices)
		}
		before := people()
		k, _ := b.addAPIKey(t, apikey.New{Name: "Practice system", Scope: collaboration.ScopeManage})
		if after := people(); after != before {
			t.Errorf("people %s, before the key %s", after, before)
		}
		for _, address := range []string{"", k.ID, "Practice system"} {
			if p, err := b.Person(ctx, address); err != nil || p.Employee != nil {
				t.Errorf("the address %q logs in as %+v, %v", address, p, err)
			}
		}
		d := b.OfficeDirectory()
		wantCode(t, d.EditEmployee(ctx, maja, k.ID, directory.Employee{Name: "n", Email: "n@ekstroms.example", Role: collaboration.RoleManager}, nil), collaboration.CodeEmployeeNotFound)
		wantCode(t, d.DeactivateEmployee(ctx, maja, k.ID, ""), collaboration.CodeEmployeeNotFound)
		wantField(t, d.HandOver(ctx, maja, "emp-nils", k.ID), collaboration.FieldError{Field: "successor_id", Code: collaboration.CodeInvalidChoice})
		// The only person with full rights stays the last manager.
		wantCode(t, d.DeactivateEmployee(ctx, maja, "emp-maja", ""), collaboration.CodeLastManager)
		for _, t2 := range []directory.Task{{Name: "One", Owner: k.ID, Open: true}, {Name: "Two", Owner: "emp-maja", Participants: []string{k.ID}, Open: true}, {Name: "Three", Owner: "", Open: true}} {
			if _, err := d.AddTask(ctx, maja, "c-1001", t2, nil); collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
				t.Errorf("%s with a program: %v", t2.Name, err)
			}
		}
		result, err := d.Import(ctx, maja, directory.ImportFile{Rows: []collaboration.ImportRow{{Line: 2, OrganisationNumber: "5566778899", Name: "Ålund AB", TaskName: "Bokslut"}}}, directory.ImportOptions{})
		if err != nil || len(result.Errors) != 1 || result.Errors[0].Field != "task_owner_email" {
			t.Errorf("an import without an owner: %+v, %v", result, err)
		}
	})
}

// An activation that a program requested has the program in the audit. The task's owner
// alone gets the notifications, and the customer's mails are sent in the office's name.
func TestPrograms_RequestActivations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		k, _ := b.addAPIKey(t, apikey.New{Name: "Practice system", Scope: collaboration.ScopeWrite})
		o := orderFor("c-1004")
		o.RequestedBy = k.ID
		o = b.provisioned(t, o)
		if r := b.record(t, o.Activation); r.RequestedBy != k.ID || r.RequestedByName != "Practice system" {
			t.Errorf("%+v", r)
		}
		events, err := b.Events(ctx, o.Activation, 0)
		must(t, err)
		if events[0].By != k.ID {
			t.Errorf("the first event is by %s", events[0].By)
		}
		to, err := b.Addressees(ctx, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationExpired})
		if err != nil || len(to) != 1 || to[0] != "emp-maja" {
			t.Errorf("notified %v, %v", to, err)
		}
		for by, want := range map[string]string{k.ID: "", collaboration.ActorSystem: "", "emp-nils": "Nils Berg"} {
			i := invitation(o, 1)
			i.By = by
			d, err := b.BeginMail(ctx, i, "")
			if err != nil || d.Mail.SenderName != want || d.Mail.OfficeName != "Ekströms Redovisning" {
				t.Errorf("by %s: from %q, %v; want %q", by, d.Mail.SenderName, err, want)
			}
			must(t, b.FailMail(ctx, i, "", collaboration.CodeMailRejected))
		}
		must(t, b.verified(o))
	})
}
