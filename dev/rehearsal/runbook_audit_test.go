package rehearsal_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/dev/harness"
	"countersign/internal/servertest"
)

// The owner of the database rewrites an audit that was exported to a file.
func auditIsRewritten(r *runbookScenario, id collaboration.ActivationID, file string) {
	original := readAudit(r, file)
	receipt := file + ".receipt"
	last := anchor.Of(id, original.Rows[len(original.Rows)-1])
	harness.NoError(r.t, os.WriteFile(receipt, []byte("%PDF-1.7 "+last.String()), 0o600))
	values := []string{"FILE", file, "URL", r.At.API + "/.well-known/countersign-audit-keys.json", "NAME", receipt}
	const withReceipt, withKeys = "countersign verify FILE --keys URL --receipt NAME", "countersign verify FILE --keys URL"
	r.see("An audit does not verify")
	r.wants("Signed heads from other files: 1, all in the audit.", withReceipt, values...)
	r.see("Audit keys")
	r.wants("Signatures: ", withKeys, values[:4]...)
	r.see("`is signed with the key …")
	r.wants("Signatures: ", withKeys, values[:4]...)

	rewritten := original
	rewritten.Rows = append([]collaboration.AuditRow{}, original.Rows...)
	rewritten.Rows[1].By = "emp-nils"
	previous := rewritten.Rows[0].Hash
	for i := range rewritten.Rows[1:] {
		row := &rewritten.Rows[i+1]
		row.Previous = previous
		row.Hash = row.ComputeHash(id)
		previous = row.Hash
	}
	writeAuditAsOwner(r, id, rewritten)
	r.see("An audit does not verify")
	r.do("countersign audit ID > FILE", "ID", string(id), "FILE", file)
	r.wants("Verified", "countersign verify FILE", "FILE", file) // the chain alone
	r.see("`has the hash …")
	code, output := r.try(withReceipt, values...)
	for _, want := range []string{"has the hash " + previous + ", but the signed head has " + last.Hash, "row 2 (task_checked) does not match its signature"} {
		if code != 1 || !strings.Contains(output, want) {
			r.t.Errorf("rewritten: exit code %d: %s, want %q", code, output, want)
		}
	}

	writeAuditAsOwner(r, id, original) // as in a backup
	r.see("An audit does not verify")
	r.do("countersign audit ID > FILE", "ID", string(id), "FILE", file)
	r.see("`has the hash …")
	r.wants("all in the audit.", withReceipt, values...)
}

func readAudit(r *runbookScenario, path string) (file collaboration.AuditFile) {
	r.t.Helper()
	text, err := os.ReadFile(path)
	harness.NoError(r.t, err)
	harness.NoError(r.t, json.Unmarshal(text, &file))
	return file
}

// writeAuditAsOwner replaces the rows of an audit while their triggers are disabled.
func writeAuditAsOwner(r *runbookScenario, id collaboration.ActivationID, file collaboration.AuditFile) {
	r.t.Helper()
	db, err := sql.Open("pgx", servertest.As(r.site.Database, servertest.Owner))
	harness.NoError(r.t, err)
	defer db.Close()
	execute := func(statement string, args ...any) {
		r.t.Helper()
		_, err := db.ExecContext(r.t.Context(), statement, args...)
		harness.NoError(r.t, err)
	}
	execute("ALTER TABLE audit DISABLE TRIGGER USER")
	for _, row := range file.Rows {
		execute("UPDATE audit SET actor = $3, hash = $4 WHERE activation_id = $1 AND sequence = $2", string(id), row.Sequence, row.By, row.Hash)
	}
	execute("ALTER TABLE audit ENABLE TRIGGER USER")
}
