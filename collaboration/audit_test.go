package collaboration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// chain is a good file of three rows, one with a personal part.
func chain() collaboration.AuditFile {
	id := collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")
	f := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, Head: collaboration.Genesis(id)}
	for i, action := range []collaboration.Action{collaboration.ActionRequested, collaboration.ActionInvitationQueued, collaboration.ActionClosed} {
		r := collaboration.AuditRow{
			Sequence: i + 1, Key: string(action), Action: action, By: "emp-maja",
			At: time.Date(2026, 11, 24, 9, 30, i, 123456000, time.UTC), Detail: `{"n":1}`, Previous: f.Head,
		}
		if i == 1 {
			r.Commit(`{"email":"asa@kund.example"}`)
		}
		r.Hash = r.Seal(id)
		f.Rows, f.Head = append(f.Rows, r), r.Hash
	}
	return f
}

func verify(t *testing.T, f collaboration.AuditFile) (collaboration.AuditReport, error) {
	t.Helper()
	encoded, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return collaboration.VerifyAudit(strings.NewReader(string(encoded)))
}

// The canonical form is for good: files that were exported must verify for as
// long as anyone keeps them.
func TestTheHashesOfAKnownRow(t *testing.T) {
	f := chain()
	if got, want := collaboration.Genesis(f.Activation), "d650d005a0d2226dbf3f53af172407ba396bf058797f69ff0001c402b2f28df6"; got != want {
		t.Errorf("genesis %s", got)
	}
	if got, want := f.Rows[0].Hash, "fe4a62b7434d8dca13269c2e10f4f519e230d5ede882ea43354109aa7e2ca551"; got != want {
		t.Errorf("first row %s", got)
	}
}

func TestAGoodFileVerifies(t *testing.T) {
	f := chain()
	report, err := verify(t, f)
	if err != nil || report.Rows != 3 || report.Erased != 0 || report.Head != f.Head {
		t.Errorf("%+v, %v", report, err)
	}
	f.Rows[1].Salt, f.Rows[1].Private = "", ""
	if report, err := verify(t, f); err != nil || report.Erased != 1 || report.Head != f.Head {
		t.Errorf("erased: %+v, %v", report, err)
	}
}

func TestEveryChangeIsFound(t *testing.T) {
	changes := map[string]func(*collaboration.AuditFile){
		"a row was removed":         func(f *collaboration.AuditFile) { f.Rows = append(f.Rows[:1], f.Rows[2:]...) },
		"the first was removed":     func(f *collaboration.AuditFile) { f.Rows = f.Rows[1:] },
		"the last was removed":      func(f *collaboration.AuditFile) { f.Rows = f.Rows[:2] },
		"two changed places":        func(f *collaboration.AuditFile) { f.Rows[0], f.Rows[1] = f.Rows[1], f.Rows[0] },
		"one is there twice":        func(f *collaboration.AuditFile) { f.Rows = append(f.Rows, f.Rows[2]) },
		"of another activation":     func(f *collaboration.AuditFile) { f.Activation = "x" },
		"another format":            func(f *collaboration.AuditFile) { f.Format = "countersign audit 2" },
		"the head":                  func(f *collaboration.AuditFile) { f.Head = f.Rows[0].Hash },
		"a personal part was added": func(f *collaboration.AuditFile) { f.Rows[0].Commit("{}"); f.Rows[0].Commitment = "" },
		"half of it was erased":     func(f *collaboration.AuditFile) { f.Rows[1].Salt = "" },
		"the personal part":         func(f *collaboration.AuditFile) { f.Rows[1].Private = `{"email":"other@kund.example"}` },
		"the salt":                  func(f *collaboration.AuditFile) { f.Rows[1].Salt = strings.Repeat("0", 32) },
	}
	for n := range 3 {
		row := func(change func(*collaboration.AuditRow)) func(*collaboration.AuditFile) {
			return func(f *collaboration.AuditFile) { change(&f.Rows[n]) }
		}
		for field, change := range map[string]func(*collaboration.AuditRow){
			"sequence": func(r *collaboration.AuditRow) { r.Sequence++ }, "key": func(r *collaboration.AuditRow) { r.Key += "x" },
			"action": func(r *collaboration.AuditRow) { r.Action += "x" }, "by": func(r *collaboration.AuditRow) { r.By = "emp-nils" },
			"at": func(r *collaboration.AuditRow) { r.At = r.At.Add(time.Microsecond) }, "detail": func(r *collaboration.AuditRow) { r.Detail = `{"n":2}` },
			"previous": func(r *collaboration.AuditRow) { r.Previous = "" }, "hash": func(r *collaboration.AuditRow) { r.Hash = "" },
			"commitment": func(r *collaboration.AuditRow) { r.Commitment += "0" },
			// A part moved from one field to the next makes another hash.
			"border": func(r *collaboration.AuditRow) { r.By, r.Action = r.By+string(r.Action[:1]), r.Action[1:] },
		} {
			changes[fmt.Sprintf("%s of row %d", field, n+1)] = row(change)
		}
	}
	for name, change := range changes {
		f := chain()
		change(&f)
		if report, err := verify(t, f); err == nil {
			t.Errorf("%s: not found, %+v", name, report)
		}
	}
}

func FuzzVerifyAudit(f *testing.F) {
	good, err := json.Marshal(chain())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(good), "{}", "[]", `{"format":"countersign audit 1","rows":[{}]}`, `{"format":"countersign audit 1"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		report, err := collaboration.VerifyAudit(strings.NewReader(file))
		if err == nil && report.Head == "" {
			t.Errorf("%q verifies without a head", file)
		}
	})
}
