package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// The customer declines a proposed payer, approves it later, and approves an upgrade. The
// office ends the collaboration and chooses the end policy. After that the receipt shows that
// the owner of the database has rewritten the audit, which verifies without the receipt.
func TestEvidence_OfOneLife(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.UseServers)
	id := o.Activate(collaboration.Request{CustomerID: "c-1003", SolutionID: "bookkeeping-invoicing", Variant: "bookkeeping", TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByOffice})
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	customer := o.Customer(a.Invitation.Email)
	customer.Approve(o.Mails(a.Invitation.Email)[0].Links[0])
	o.AwaitState(id, collaboration.Active)

	propose := func(n int, change map[string]any) {
		t.Helper()
		o.MustChange(http.MethodPatch, id, "", change)
		o.AwaitActivation(id, "proposed", harness.Happened(collaboration.ActionChangeProposed, n))
	}
	propose(1, map[string]any{"invoice_recipient": "customer"})
	customer.DeclineChange(id)
	if a = o.AwaitActivation(id, "declined", harness.HasHappened(collaboration.ActionChangeDeclined)); a.InvoiceRecipient != collaboration.PaidByOffice {
		t.Errorf("after the decline the invoice recipient is %s", a.InvoiceRecipient)
	}
	propose(2, map[string]any{"invoice_recipient": "customer"})
	customer.ApproveChange(id)
	o.AwaitActivation(id, "approved", harness.Happened(collaboration.ActionChangeApproved, 1))
	propose(3, map[string]any{"variant": "bi-plus"})
	customer.ApproveChange(id)
	a = o.AwaitActivation(id, "upgraded", harness.Happened(collaboration.ActionChangeApproved, 2))
	if a.InvoiceRecipient != collaboration.PaidByCustomer || a.Variant != "bi-plus" {
		t.Errorf("approved: %s, %s", a.InvoiceRecipient, a.Variant)
	}
	heads := anchor.Find(receiptOf(o, id))
	if len(heads) == 0 {
		t.Fatal("the receipt has no signed head")
	}
	o.MustChange(http.MethodPost, id, "/end", map[string]any{"when": "now", "on_end": "read_only"})
	if a = o.AwaitState(id, collaboration.Ended); a.OnEnd != collaboration.EndPolicy("read_only") {
		t.Errorf("end policy %s", a.OnEnd)
	}

	audit, keys := settledAudit(o, id)
	if err := anchor.Check(audit, keys, heads...); err != nil {
		t.Error(err)
	}
	rewriteAsOwner(o, audit, collaboration.ActionChangeDeclined)
	rewritten, _ := auditOf(o, id) // the chain alone verifies
	for what, heads := range map[string][]anchor.SignedHead{"does not match its signature": nil, "has the hash": heads} {
		if err := anchor.Check(rewritten, keys, heads...); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%d heads: %v, want %q", len(heads), err, what)
		}
	}
}

// receiptOf downloads the receipt of the latest approval.
func receiptOf(o *harness.Office, id collaboration.ActivationID) []byte {
	o.T.Helper()
	request, err := http.NewRequestWithContext(o.T.Context(), http.MethodGet, o.At.API+"/v1/activations/"+string(id)+"/receipt.pdf", nil)
	harness.NoError(o.T, err)
	request.Header.Set("Authorization", "Bearer "+o.Token)
	response, err := http.DefaultClient.Do(request)
	harness.NoError(o.T, err)
	defer response.Body.Close()
	pdf, err := io.ReadAll(response.Body)
	harness.NoError(o.T, err)
	if response.StatusCode != http.StatusOK {
		o.T.Fatalf("receipt: %s", response.Status)
	}
	return pdf
}

// auditOf exports the audit and the public keys. The chain of the audit must verify.
func auditOf(o *harness.Office, id collaboration.ActivationID) (collaboration.AuditFile, anchor.Keys) {
	o.T.Helper()
	var file json.RawMessage
	o.Call(http.MethodGet, "/v1/activations/"+string(id)+"/audit", nil, &file)
	var keys anchor.Keys
	o.Call(http.MethodGet, "/.well-known/countersign-audit-keys.json", nil, &keys)
	report, err := collaboration.VerifyAudit(bytes.NewReader(file))
	harness.NoError(o.T, err)
	return report.File, keys
}

// settledAudit exports the audit once the mails about the end have been recorded: the last
// rows of a closed activation.
func settledAudit(o *harness.Office, id collaboration.ActivationID) (audit collaboration.AuditFile, keys anchor.Keys) {
	o.T.Helper()
	eventually.True(o.T, "no row has been added for a second", func() bool {
		before, _ := auditOf(o, id)
		time.Sleep(time.Second)
		audit, keys = auditOf(o, id)
		return len(audit.Rows) == len(before.Rows)
	})
	return audit, keys
}

// rewriteAsOwner changes the actor of an action with the role of the database's owner, and
// computes the hashes of all later rows again.
func rewriteAsOwner(o *harness.Office, audit collaboration.AuditFile, action collaboration.Action) {
	o.T.Helper()
	owner, err := harness.OpenDatabase(servertest.As(o.DatabaseURL, servertest.Owner))
	harness.NoError(o.T, err)
	defer owner.Close()
	exec := func(query string, args ...any) {
		o.T.Helper()
		_, err := owner.ExecContext(o.T.Context(), query, args...)
		harness.NoError(o.T, err)
	}
	exec("ALTER TABLE audit DISABLE TRIGGER USER")
	first := slices.IndexFunc(audit.Rows, func(r collaboration.AuditRow) bool { return r.Action == action })
	previous := audit.Rows[first].Previous
	for i, row := range audit.Rows[first:] {
		if i == 0 {
			row.By = "emp-nils"
		}
		row.Previous = previous
		row.Hash = row.ComputeHash(audit.Activation)
		previous = row.Hash
		exec("UPDATE audit SET actor = $3, hash = $4 WHERE activation_id = $1 AND sequence = $2", string(audit.Activation), row.Sequence, row.By, row.Hash)
	}
	exec("ALTER TABLE audit ENABLE TRIGGER USER")
}
