package receipt

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
)

// MediaType is the type of the document.
const MediaType = "application/pdf"

// FileName returns the name under which the receipt of an approval is saved.
func FileName(a collaboration.Approval) string {
	return fmt.Sprintf("countersign-%s-%d.pdf", a.Activation, a.Row.Sequence)
}

// Disposition returns the header Content-Disposition of a receipt.
func Disposition(a collaboration.Approval) string {
	return `attachment; filename="` + FileName(a) + `"`
}

// Render returns the receipt of an approval.
func Render(a collaboration.Approval) ([]byte, error) {
	t, ok := texts[a.Offer.Locale]
	if !ok {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "receipt: no texts in the language %q", a.Offer.Locale)
	}
	var out bytes.Buffer
	if err := draw(a, t).pdf.Output(&out); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "receipt: %w", err)
	}
	pdf, err := withTrailer(out.Bytes())
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "receipt: trailer: %w", err)
	}
	return pdf, nil
}

func draw(a collaboration.Approval, t words) sheet {
	s := newSheet()
	s.describe(a, t.title)
	s.title(t.title, t.intro)
	for _, section := range sectionsOf(a, t) {
		s.section(section.title, section.rows)
	}
	s.terms(fmt.Sprintf(t.terms, a.Offer.TermsVersion), a.Terms)
	s.heading(t.record)
	s.note(t.recordNote)
	for _, row := range recordOf(a, t) {
		s.code(row)
	}
	s.footers(fmt.Sprintf("%s · %d", a.Activation, a.Row.Sequence), t.page)
	return s
}

// row is a value with its label.
type row struct{ label, value string }

type section struct {
	title string
	rows  []row
}

func sectionsOf(a collaboration.Approval, t words) []section {
	known := func(value string) string {
		if value == "" && a.IsErased() {
			return t.erased
		}
		return value
	}
	o := a.Offer
	login, strength := loginOf(a)
	person := known(a.Name)
	if a.Email != "" {
		person += "\n" + a.Email
	}
	return []section{
		{t.parties, []row{
			{t.office, a.OfficeName},
			{t.customer, joined(known(a.CustomerName), a.OrganisationNumber)},
		}},
		{t.agreement, []row{
			{t.solution, joined(o.Solution, o.Variant)},
			{t.price, t.priceOf(o.Price)},
			{t.payer, t.payerOf(a, known(a.CustomerName))},
			t.termOf(a),
			{t.kept, t.date(o.KeptUntil)},
			{t.renewal, t.renews(o.AgreementMonths)},
		}},
		{t.approval, []row{
			{t.by, person},
			{t.role, t.administrator},
			{t.at, t.moment(a.At)},
			{t.login, login},
			{t.strength, strength},
		}},
	}
}

// loginOf returns the issuer with the address of the login, and its strength as the issuer
// states it.
func loginOf(a collaboration.Approval) (identity, strength string) {
	if a.Login == nil {
		return "", ""
	}
	identity = a.Login.Issuer
	if a.Login.Email != "" {
		identity += "\n" + a.Login.Email
	}
	if a.Login.ACR != "" {
		strength = "acr: " + a.Login.ACR
	}
	if len(a.Login.AMR) > 0 {
		strength = joined(strength, "amr: "+strings.Join(a.Login.AMR, " "))
	}
	return identity, strength
}

func joined(first, second string) string {
	if second == "" || first == "" {
		return first + second
	}
	return first + ", " + second
}

// recordOf returns what binds the receipt to the audit. A store without a key has no
// signature.
func recordOf(a collaboration.Approval, t words) []row {
	rows := []row{
		{t.activation, string(a.Activation)},
		{t.entry, fmt.Sprintf("%d", a.Row.Sequence)},
		{t.hash, a.Row.Hash},
		{t.offerHash, a.OfferHash},
		{t.termsHash, a.Offer.TermsHash},
	}
	if a.Row.Signature != "" {
		rows = append(rows, row{t.signed, anchor.Of(a.Activation, a.Row).String()})
	}
	return rows
}

// withTrailer corrects the trailer. It adds the document's ID, which PDF/A requires and the
// library omits. The library also writes the object of the colours as Info, which is the one
// before. The trailer is after all objects, so no offset changes.
func withTrailer(pdf []byte) ([]byte, error) {
	const trailer = "trailer\n<<\n"
	sum := sha256.Sum256(pdf)
	at := bytes.LastIndex(pdf, []byte(trailer)) + len(trailer)
	var size, root, info int
	if _, err := fmt.Sscanf(string(pdf[at:]), "/Size %d\n/Root %d 0 R\n/Info %d 0 R\n", &size, &root, &info); err != nil {
		return nil, err
	}
	_, end, _ := bytes.Cut(pdf[at:], []byte(">>\n"))
	out := fmt.Appendf(bytes.Clone(pdf[:at]), "/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/ID [<%x> <%x>]\n>>\n", size, root, info-1, sum[:16], sum[:16])
	return append(out, end...), nil
}
