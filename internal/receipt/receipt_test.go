package receipt_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/receipt"
	"countersign/internal/receipt/receipttest"
)

func render(t *testing.T, a collaboration.Approval) []byte {
	t.Helper()
	pdf, err := receipt.Render(a)
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("RECEIPTS"); folder != "" { // to look at them
		os.WriteFile(filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "_")+"."+string(a.Offer.Locale)+".pdf"), pdf, 0o600)
	}
	return pdf
}

func TestRender_HasEveryFact(t *testing.T) {
	t.Parallel()
	a := receipttest.Approval(collaboration.Swedish)
	common := []string{
		"Ekströms Redovisning", "Öbergs Snickeri AB, 556677-8899", "Bokföring & Fakturering, Bas", "Åsa Öberg", "asa@oberg.example",
		"1. Villkor — 100 kr, ‘åäö’", "Byrån får läsa och ändra uppgifterna.", "https://login.example", "asa.oberg@login.example", "acr: urn:example:loa:3, amr: pwd otp", a.Row.Hash, a.OfferHash, a.Offer.TermsHash, string(a.Activation),
	}
	for l, own := range map[collaboration.Locale][]string{
		collaboration.Swedish: {"Kvitto på godkännande", "1\u00a0249,50\u00a0kr per månad, exklusive moms", "Kunden, Öbergs Snickeri AB", "1 december 2026 till och med 30 november 2027",
			"28 november 2026 kl. 14:04:05 (UTC+01:00)", "Villkor, version 2026-11", "Inloggningens styrka", "Sida 1 av 2"},
		collaboration.English: {"Receipt of approval", "SEK\u00a01,249.50 per month, excluding VAT", "The customer, Öbergs Snickeri AB", "1 December 2026 to 30 November 2027",
			"28 November 2026, 14:04:05 (UTC+01:00)", "Terms, version 2026-11", "Strength of the login", "Page 1 of 2"},
	} {
		text := receipttest.Text(render(t, receipttest.Approval(l)))
		for _, want := range append(own, common...) {
			if !strings.Contains(text, strings.ReplaceAll(want, "\u00a0", " ")) {
				t.Errorf("%s: %q is missing in\n%s", l, want, text)
			}
		}
	}
}

func BenchmarkRender(b *testing.B) {
	a := receipttest.Approval(collaboration.Swedish)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := receipt.Render(a); err != nil {
			b.Fatal(err)
		}
	}
}

// The receipt of a changed agreement has its first day, not the rule of the original offer.
func TestRender_ChangedAgreement(t *testing.T) {
	t.Parallel()
	a := receipttest.Approval(collaboration.Swedish)
	a.EndsOn = collaboration.Date{}
	text := receipttest.Text(render(t, a))
	if !strings.Contains(text, "1 december 2026\nAvtalet gäller från") || strings.Contains(text, "Från den första i månaden") {
		t.Errorf("got\n%s", text)
	}
}

// countersign verify finds the signed head without a PDF reader.
func TestRender_HasReadableSignedHead(t *testing.T) {
	t.Parallel()
	a := receipttest.Approval(collaboration.English)
	heads := anchor.Find(render(t, a))
	if len(heads) != 1 || heads[0] != anchor.Of(a.Activation, a.Row) {
		t.Errorf("heads %+v", heads)
	}
	a.Row.KeyID, a.Row.Signature = "", ""
	if heads := anchor.Find(render(t, a)); len(heads) != 0 {
		t.Errorf("a row without a signature has heads %+v", heads)
	}
}

// A long text has several pages, a long name several lines, and no character breaks the
// document.
func TestRender_AcceptsAnyText(t *testing.T) {
	t.Parallel()
	a := receipttest.Approval(collaboration.Swedish)
	a.Terms = strings.Repeat("Ett stycke om villkoren med många ord, så att raden bryts på flera ställen.\n\n", 120) + "SLUT {pages}"
	a.Name, a.CustomerName = strings.Repeat("Mycket Långt ", 30)+"😀漢\u202e", strings.Repeat("x", 400)
	pdf := render(t, a)
	text := receipttest.Text(pdf)
	if pages := bytes.Count(pdf, []byte("/Type /Page\n")); pages < 4 || !strings.Contains(text, fmt.Sprintf("Sida %d av %[1]d", pages)) || !strings.Contains(text, "SLUT {pages}") || strings.Contains(text, "\u202e") {
		t.Errorf("%d pages\n%.2000s", pages, text)
	}
}

func TestRender_WithoutPersonalData(t *testing.T) {
	t.Parallel()
	a := receipttest.Approval(collaboration.Swedish)
	a.CustomerName, a.OrganisationNumber = "", "" // of a sole trader
	text := receipttest.Text(render(t, receipttest.Erased(a)))
	if strings.Count(text, "Raderat") != 3 || strings.Contains(text, "Öberg") || strings.Contains(text, "asa@") {
		t.Errorf("got\n%s", text)
	}
}

func TestRender_IsReproducible(t *testing.T) {
	a := receipttest.Approval(collaboration.Swedish)
	first := render(t, a)
	for range 5 {
		if !bytes.Equal(render(t, a), first) {
			t.Fatal("the same approval has other bytes")
		}
	}
	if os.Getenv("TZ") == "" { // another process in another time zone
		copied := filepath.Join(t.TempDir(), "first.pdf")
		if err := os.WriteFile(copied, first, 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRender_IsReproducible$")
		c.Env = append(os.Environ(), "TZ=Pacific/Auckland", "RECEIPT="+copied)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if want, err := os.ReadFile(os.Getenv("RECEIPT")); err != nil || !bytes.Equal(first, want) {
		t.Errorf("another process has other bytes: %v; the zone is %s", err, time.Local)
	}
	a.At = a.At.In(time.FixedZone("", 3600)) // as a driver returns it
	if !bytes.Equal(render(t, a), first) {
		t.Error("the zone of the time changes the bytes")
	}
}
