package page

import (
	"net/http"

	"countersign/api/i18n"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/receipt"
)

// approvedTerms is the page of an approval, for both parties.
type approvedTerms struct {
	view.Page
	Back, BackText, Receipt, Approved, Version, Parties string
	Lang                                                collaboration.Locale
	Text                                                string
}

// WriteApprovedTerms renders the terms of an approval. back is the page of the
// collaboration; the receipt is below it.
func WriteApprovedTerms(c *Context, a collaboration.Approval, section, back string) error {
	l := c.Locale
	return c.Render(http.StatusOK, "general/terms", approvedTerms{
		Page: c.Page(section, i18n.Text(l, "evidence.title", a.Offer.Solution)), Back: back, BackText: i18n.Text(l, "evidence.back"),
		Receipt: back + "/receipt.pdf", Approved: i18n.Text(l, "evidence.approved", i18n.Moment(a.At, l)),
		Version: i18n.Text(l, "page.terms.version", a.Offer.TermsVersion), Parties: parties(a), Lang: a.Offer.Locale, Text: a.Terms,
	})
}

func parties(a collaboration.Approval) string {
	if a.CustomerName == "" {
		return a.OfficeName
	}
	return a.OfficeName + " – " + a.CustomerName
}

// WriteReceipt sends the receipt of an approval as a file to save.
func WriteReceipt(c *Context, a collaboration.Approval) error {
	pdf, err := receipt.Render(a)
	if err != nil {
		return err
	}
	if err := c.commit(); err != nil {
		return err
	}
	c.gin.Header("Content-Disposition", receipt.Disposition(a))
	c.gin.Data(http.StatusOK, receipt.MediaType, pdf)
	return nil
}
