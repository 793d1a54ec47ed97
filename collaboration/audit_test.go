package collaboration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// chain returns a valid file. All rows except the first have personal data.
func chain(actions ...collaboration.Action) collaboration.AuditFile {
	if actions == nil {
		actions = []collaboration.Action{collaboration.ActionRequested, collaboration.ActionInvitationQueued, collaboration.ActionClosed}
	}
	id := collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")
	f := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, LastHash: collaboration.Genesis(id)}
	for i, action := range actions {
		r := collaboration.AuditRow{
			Sequence: i + 1, Key: string(action), Action: action, By: "emp-maja",
			At: time.Date(2026, 11, 24, 9, 30, i, 123456000, time.UTC), Detail: `{"n":1}`, Previous: f.LastHash,
		}
		if i > 0 {
			r.Commit(`{"name":"Åsa <�>","email":"asa@kund.example"}`)
		}
		r.Hash = r.ComputeHash(id)
		f.Rows, f.LastHash = append(f.Rows, r), r.Hash
	}
	return f
}

func text(t *testing.T, f collaboration.AuditFile) string {
	t.Helper()
	encoded, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func verify(t *testing.T, f collaboration.AuditFile) (collaboration.AuditReport, error) {
	t.Helper()
	return collaboration.VerifyAudit(strings.NewReader(text(t, f)))
}

// The hashed form must never change, because exported files must remain verifiable.
func TestAuditRow_HashIsStable(t *testing.T) {
	t.Parallel()
	f := chain()
	if got, want := collaboration.Genesis(f.Activation), "d650d005a0d2226dbf3f53af172407ba396bf058797f69ff0001c402b2f28df6"; got != want {
		t.Errorf("genesis %s", got)
	}
	if got, want := f.Rows[0].Hash, "fe4a62b7434d8dca13269c2e10f4f519e230d5ede882ea43354109aa7e2ca551"; got != want {
		t.Errorf("first row %s", got)
	}
}

func TestVerifyAudit_AcceptsExport(t *testing.T) {
	t.Parallel()
	f := chain()
	report, err := verify(t, f)
	if err != nil || report.Rows != 3 || report.Erased != 0 || report.LastHash != f.LastHash {
		t.Errorf("%+v, %v", report, err)
	}
}

// Personal data may be missing only if a later row records its erasure.
func TestVerifyAudit_AcceptsRecordedErasuresOnly(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		last   collaboration.Action
		cut    int
		erased int
		valid  bool
	}{
		"erased":                    {collaboration.ActionPersonalDataErased, 1, 1, true},
		"no personal data":          {collaboration.ActionPersonalDataErased, -1, 0, true},
		"removed":                   {collaboration.ActionClosed, 1, 0, false},
		"removed from the last row": {collaboration.ActionPersonalDataErased, 2, 0, false},
	} {
		f := chain(collaboration.ActionRequested, collaboration.ActionInvitationQueued, tt.last)
		if tt.cut >= 0 {
			f.Rows[tt.cut].Salt, f.Rows[tt.cut].Private = "", ""
		}
		report, err := verify(t, f)
		if (err == nil) != tt.valid || report.Erased != tt.erased {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// Another program may format a valid file differently.
func TestVerifyAudit_IgnoresFormatting(t *testing.T) {
	t.Parallel()
	valid := text(t, chain())
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(valid), "\t", "  "); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"unchanged":        valid,
		"indented":         indented.String() + "\n\n",
		"in ASCII":         strings.ReplaceAll(valid, "Å", `\u00C5`),
		"slashes escaped":  strings.ReplaceAll(valid, "/", `\/`),
		"< is not escaped": strings.ReplaceAll(valid, `\u003c`, "<"),
	} {
		if _, err := collaboration.VerifyAudit(strings.NewReader(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Programs differ in how they read a file with duplicate fields, or with data that no hash
// covers. Such files are rejected.
func TestVerifyAudit_RejectsAmbiguousFiles(t *testing.T) {
	t.Parallel()
	valid := text(t, chain())
	for name, change := range map[string]struct{ old, new string }{
		"nanoseconds":                {`:00.123456Z`, `:00.123456789Z`},
		"nanoseconds that are zero":  {`:00.123456Z`, `:00.123456000Z`},
		"another zone":               {`T09:30:00.123456Z`, `T10:30:00.123456+01:00`},
		"a zone of zero":             {`:00.123456Z`, `:00.123456+00:00`},
		"a field twice, wrong first": {`"by":"emp-maja"`, `"by":"emp-nils","by":"emp-maja"`},
		"a field twice, the same":    {`"by":"emp-maja"`, `"by":"emp-maja","by":"emp-maja"`},
		"the rows twice":             {`"rows":[`, `"rows":[{"sequence":7}],"rows":[`},
		"another letter case":        {`"by":"emp-maja"`, `"BY":"emp-maja"`},
		"twice in different cases":   {`"by":"emp-maja"`, `"By":"emp-nils","by":"emp-maja"`},
		"a letter that folds":        {`"salt":`, `"ſalt":`},
		"an unknown field":           {`"by":"emp-maja"`, `"by":"emp-maja","note":""`},
		"an empty field":             {`"by":"emp-maja"`, `"by":"emp-maja","salt":""`},
		"null":                       {`"by":"emp-maja"`, `"by":"emp-maja","private":null`},
		"fields in another order":    {`"sequence":1,"key":"requested"`, `"key":"requested","sequence":1`},
		"another form of a number":   {`"sequence":1`, `"sequence":1.0`},
		"bytes that are not text":    {"\uFFFD", "\xff"},
	} {
		if file := strings.Replace(valid, change.old, change.new, 1); file == valid {
			t.Errorf("%s: the file did not change", name)
		} else if report, err := collaboration.VerifyAudit(strings.NewReader(file)); err == nil {
			t.Errorf("%s: accepted, %+v", name, report)
		}
	}
	for _, after := range []string{"x", "{}", "null", valid, ",", "}"} {
		if report, err := collaboration.VerifyAudit(strings.NewReader(valid + after)); err == nil {
			t.Errorf("followed by %.10q: accepted, %+v", after, report)
		}
	}
}

func TestVerifyAudit_DetectsEveryChange(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*collaboration.AuditFile){
		"a row was removed":        func(f *collaboration.AuditFile) { f.Rows = append(f.Rows[:1], f.Rows[2:]...) },
		"the first was removed":    func(f *collaboration.AuditFile) { f.Rows = f.Rows[1:] },
		"the last was removed":     func(f *collaboration.AuditFile) { f.Rows = f.Rows[:2] },
		"two rows were swapped":    func(f *collaboration.AuditFile) { f.Rows[0], f.Rows[1] = f.Rows[1], f.Rows[0] },
		"a row was duplicated":     func(f *collaboration.AuditFile) { f.Rows = append(f.Rows, f.Rows[2]) },
		"of another activation":    func(f *collaboration.AuditFile) { f.Activation = "x" },
		"another format":           func(f *collaboration.AuditFile) { f.Format = "countersign audit 2" },
		"the last hash":            func(f *collaboration.AuditFile) { f.LastHash = f.Rows[0].Hash },
		"personal data was added":  func(f *collaboration.AuditFile) { f.Rows[0].Commit("{}"); f.Rows[0].Commitment = "" },
		"only the salt was erased": func(f *collaboration.AuditFile) { f.Rows[1].Salt = "" },
		"the personal data":        func(f *collaboration.AuditFile) { f.Rows[1].Private = `{"email":"other@kund.example"}` },
		"the salt":                 func(f *collaboration.AuditFile) { f.Rows[1].Salt = strings.Repeat("0", 32) },
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
			// Moving a character from one field to the next changes the hash.
			"border": func(r *collaboration.AuditRow) { r.By, r.Action = r.By+string(r.Action[:1]), r.Action[1:] },
		} {
			changes[fmt.Sprintf("%s of row %d", field, n+1)] = row(change)
		}
	}
	for name, change := range changes {
		f := chain()
		change(&f)
		if report, err := verify(t, f); err == nil {
			t.Errorf("%s: not detected, %+v", name, report)
		}
	}
}

func FuzzVerifyAudit(f *testing.F) {
	valid, err := json.Marshal(chain())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(valid), "{}", "[]", `{"format":"countersign audit 1","rows":[{}]}`, `{"format":"countersign audit 1"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		report, err := collaboration.VerifyAudit(strings.NewReader(file))
		if err == nil && report.LastHash == "" {
			t.Errorf("%q verifies without a last hash", file)
		}
		if _, err := collaboration.VerifyAudit(strings.NewReader(file + "{}")); err == nil {
			t.Errorf("%q verifies with more after it", file)
		}
	})
}
