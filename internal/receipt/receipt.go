package receipt

import (
	"bytes"
	"crypto/sha256"
	"fmt"

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
	// The first pass counts the pages.
	s := draw(a, t, draw(a, t, 0).pdf.PageCount())
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "receipt: %w", err)
	}
	return withID(out.Bytes()), nil
}

func draw(a collaboration.Approval, t words, pages int) sheet {
	s := newSheet(fmt.Sprintf("%s · %d", a.Activation, a.Row.Sequence), t.page, pages)
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
			{t.term, t.termOf(a)},
			{t.kept, t.date(o.KeptUntil)},
			{t.renewal, t.renews(o.AgreementMonths)},
		}},
		{t.approval, []row{
			{t.by, person},
			{t.role, t.administrator},
			{t.at, t.moment(a.At)},
		}},
	}
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

// withID adds the document's ID, which PDF/A requires and the library omits. The trailer
// is after all objects, so no offset changes.
func withID(pdf []byte) []byte {
	const trailer = "trailer\n<<\n"
	sum := sha256.Sum256(pdf)
	at := bytes.LastIndex(pdf, []byte(trailer)) + len(trailer)
	return append(fmt.Appendf(bytes.Clone(pdf[:at]), "/ID [<%x> <%x>]\n", sum[:16], sum[:16]), pdf[at:]...)
}
