package store_test

import (
	"bytes"
	"reflect"
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/receipt"
	"countersign/internal/receipt/receipttest"
)

// approvedTerms are terms that the test's approval refers to.
func approvedTerms(text string) collaboration.TermsText {
	return collaboration.TermsText{Hash: collaboration.TermsHash(text), Locale: collaboration.Swedish, Version: "2026-11", SolutionID: solution, Text: text}
}

const termsText = "Byrån får läsa uppgifterna — åäö"

// approved stores terms and an approval by the invited administrator.
func (b backend) approvedOffer(t *testing.T, o collaboration.Order) {
	t.Helper()
	b.invited(t, o)
	a, err := b.Activation(ctx, o.Activation)
	must(t, err)
	must(t, b.AddTerms(ctx, approvedTerms(termsText)))
	start := approval(o)
	start.Decision.By = a.InvitedID
	start.Decision.Login = &collaboration.Login{Issuer: "https://login.example", Subject: "s-1", Email: "asa@login.example", ACR: "2", AMR: []string{"pwd"}}
	start.Decision.Offer.TermsHash = collaboration.TermsHash(termsText)
	must(t, b.RecordApproval(ctx, start))
}

func (b backend) onlyApproval(t *testing.T, o collaboration.Order) collaboration.Approval {
	t.Helper()
	all, err := b.Approvals(ctx, o.Activation)
	if must(t, err); len(all) != 1 {
		t.Fatalf("%d approvals: %+v", len(all), all)
	}
	return all[0]
}

func TestAddTerms_StoresTextOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 50 {
					if err := b.AddTerms(ctx, approvedTerms(termsText)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		must(t, b.AddTerms(ctx, approvedTerms(termsText+".")))
		if n := b.count(t, "SELECT COUNT(*) FROM terms"); n != 2 {
			t.Errorf("%d rows for two texts", n)
		}
	})
}

func TestTerms_AreAppendOnly(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		must(t, b.AddTerms(ctx, approvedTerms(termsText)))
		statements := []string{"UPDATE terms SET text = 'x'", "UPDATE terms SET hash = 'x'", "DELETE FROM terms"}
		if b.sqlite() {
			statements = append(statements, "REPLACE INTO terms SELECT hash, locale, version, solution_id, 'x', stored_at FROM terms",
				"INSERT OR REPLACE INTO terms (rowid, hash, locale, version, solution_id, text, stored_at) SELECT rowid, 'y', locale, version, solution_id, 'x', stored_at FROM terms")
		} else {
			statements = append(statements, "TRUNCATE terms", "INSERT INTO terms SELECT * FROM terms ON CONFLICT (hash) DO UPDATE SET text = 'x'")
		}
		for _, s := range statements {
			if err := b.exec(s); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", s, err)
			}
		}
		if n := b.count(t, "SELECT COUNT(*) FROM terms WHERE text = '"+termsText+"'"); n != 1 {
			t.Errorf("%d rows with the text", n)
		}
	})
}

// The approval has the parties and the words of its time, on both databases with the same
// receipt.
func TestApprovals_KeepPartiesAndTerms(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var first []byte
	id := collaboration.NewActivationID(office, "c-1004", solution)
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.Activation = id
		b.approvedOffer(t, o)
		before := b.onlyApproval(t, o)
		if before.OfficeName == "" || before.CustomerName == "" || before.OrganisationNumber == "" || before.Name != "Åsa Öberg" || before.Email != "asa@kund.example" ||
			before.Terms != termsText || before.Offer.TermsVersion != "2026-11" || before.OfferHash != before.Offer.Hash() || !before.At.Equal(approval(o).Decision.At) ||
			before.Row.Action != collaboration.ActionApproved || before.StartsOn.IsZero() || before.EndsOn != before.StartsOn.AddMonths(12) {
			t.Errorf("got %+v", before)
		}
		if want := (collaboration.Login{Issuer: "https://login.example", Email: "asa@login.example", ACR: "2", AMR: []string{"pwd"}}); before.Login == nil || !reflect.DeepEqual(*before.Login, want) {
			t.Errorf("login %+v", before.Login)
		}
		must(t, b.exec("UPDATE customers SET name = 'Annat AB' WHERE id = 'c-1004'", "UPDATE offices SET name = 'Annan byrå'", "UPDATE administrators SET name = 'Annan'"))
		after := b.onlyApproval(t, o)
		if after.CustomerName != before.CustomerName || after.OfficeName != before.OfficeName || after.Name != before.Name {
			t.Errorf("names changed: %+v", after)
		}
		after.Row.Hash, after.Row.Commitment = "", "" // the salt is random
		pdf, err := receipt.Render(after)
		must(t, err)
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = pdf
		}
		if !bytes.Equal(first, pdf) {
			t.Error("the databases have other receipts")
		}
	})
}

// The owner of the database can change the text. It is never shown as approved.
func TestApprovals_RejectChangedTerms(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		b.approvedOffer(t, o)
		drop := "DROP TRIGGER terms_append_only ON terms"
		if b.sqlite() {
			drop = "DROP TRIGGER terms_no_update"
		}
		must(t, b.exec(drop, "UPDATE terms SET text = 'x'"))
		_, err := b.Approvals(ctx, o.Activation)
		wantCode(t, err, collaboration.CodeInternal)
	})
}

// After the erasure the receipt has no personal data, also that of a sole trader.
func TestApprovals_AfterErasure(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor(elin)
		b.approvedOffer(t, o)
		before := b.onlyApproval(t, o)
		if !strings.Contains(before.CustomerName, "Elin") || before.OrganisationNumber != "850214-****" || strings.Contains(before.Row.Detail, "Elin") {
			t.Errorf("got %+v", before)
		}
		must(t, b.EndCollaboration(ctx, message.EndInput{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, OnEnd: o.OnEnd.Resolve(), By: "emp-maja", At: noon.AddDate(0, 1, 0)}))
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		after := b.onlyApproval(t, o)
		if !after.IsErased() || after.Login.Email != "" || after.Login.ACR != "2" || after.Row.Hash != before.Row.Hash || after.Terms != termsText {
			t.Errorf("got %+v", after)
		}
		pdf, err := receipt.Render(after)
		must(t, err)
		if text := receipttest.Text(pdf); strings.Contains(text, "Elin") || strings.Contains(text, "Åsa") || strings.Contains(text, "850214") || !strings.Contains(text, "Raderat") {
			t.Errorf("got\n%s", text)
		}
	})
}
