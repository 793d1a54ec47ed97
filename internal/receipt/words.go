package receipt

import (
	"fmt"
	"time"

	"countersign/collaboration"
)

// words are the texts of a receipt in one language.
type words struct {
	locale                                                 collaboration.Locale
	title, intro, page                                     string
	parties, office, customer                              string
	agreement, solution, price, payer, term, kept, renewal string
	runsFrom                                               string
	approval, by, role, administrator, at, login, strength string
	terms                                                  string
	record, recordNote                                     string
	activation, entry, hash, offerHash, termsHash, signed  string
	erased                                                 string

	perMonth, listed, termFrom, renewsFor string
	starts                                map[collaboration.StartRule]string
	moments                               string
	months                                [12]string
	byOffice, byCustomer                  string
}

var texts = map[collaboration.Locale]words{
	collaboration.English: {
		locale: collaboration.English,
		title:  "Receipt of approval", page: "Page %d of %d",
		intro:   "The customer has approved the agreement below. This receipt has the words and values that were shown when the customer approved.",
		parties: "Parties", office: "Office", customer: "Customer",
		agreement: "Agreement", solution: "Solution", price: "Price", payer: "Invoice recipient", term: "First term", runsFrom: "Agreement runs from", kept: "Own agreement renews", renewal: "Agreement period",
		approval: "Approval", by: "Approved by", role: "As", administrator: "Administrator of the customer", at: "Approved at", login: "Login", strength: "Strength of the login",
		terms: "Terms, version %s", record: "Record",
		recordNote: "The approval is an entry in the record of this collaboration, a chain of hashes. The program countersign verify compares this receipt with an exported record.",
		activation: "Collaboration", entry: "Entry", hash: "Hash of the entry", offerHash: "Hash of the offer", termsHash: "Hash of the terms", signed: "Signed entry",
		erased:   "Erased",
		perMonth: "%s per month", listed: "According to the price list", termFrom: "%s to %s", renewsFor: "%d months. The agreement renews for the same period unless a party gives notice.",
		starts: map[collaboration.StartRule]string{
			collaboration.OnApproval: "From the day of the approval", collaboration.NextMonth: "From the first of the month after the approval", collaboration.ChosenMonth: "From %s",
		},
		moments:  "2 %s 2006, 15:04:05 (UTC%s)",
		months:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		byOffice: "The office, %s", byCustomer: "The customer, %s",
	},
	collaboration.Swedish: {
		locale: collaboration.Swedish,
		title:  "Kvitto på godkännande", page: "Sida %d av %d",
		intro:   "Kunden har godkänt avtalet nedan. Kvittot har de ord och värden som visades när kunden godkände.",
		parties: "Parter", office: "Byrå", customer: "Kund",
		agreement: "Avtal", solution: "Lösning", price: "Pris", payer: "Fakturamottagare", term: "Första perioden", runsFrom: "Avtalet gäller från", kept: "Eget avtal förlängs", renewal: "Avtalsperiod",
		approval: "Godkännande", by: "Godkänt av", role: "Som", administrator: "Kundens administratör", at: "Godkänt", login: "Inloggning", strength: "Inloggningens styrka",
		terms: "Villkor, version %s", record: "Logg",
		recordNote: "Godkännandet är en post i samarbetets logg, en kedja av hashar. Programmet countersign verify jämför kvittot med en exporterad logg.",
		activation: "Samarbete", entry: "Post", hash: "Postens hash", offerHash: "Erbjudandets hash", termsHash: "Villkorens hash", signed: "Signerad post",
		erased:   "Raderat",
		perMonth: "%s per månad", listed: "Enligt prislista", termFrom: "%s till och med %s", renewsFor: "%d månader. Avtalet förlängs med samma period om ingen part säger upp det.",
		starts: map[collaboration.StartRule]string{
			collaboration.OnApproval: "Från dagen för godkännandet", collaboration.NextMonth: "Från den första i månaden efter godkännandet", collaboration.ChosenMonth: "Från %s",
		},
		moments:  "2 %s 2006 kl. 15:04:05 (UTC%s)",
		months:   [12]string{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"},
		byOffice: "Byrån, %s", byCustomer: "Kunden, %s",
	},
}

func (t words) date(d collaboration.Date) string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d %s %d", d.Day, t.months[d.Month-1], d.Year)
}

// moment formats an instant in Swedish time, with its offset.
func (t words) moment(at time.Time) string {
	local := at.In(collaboration.Stockholm)
	return fmt.Sprintf(local.Format(t.moments), t.months[local.Month()-1], local.Format("-07:00"))
}

func (t words) priceOf(p collaboration.Price) string {
	amount, text := p.AmountIn(t.locale), p.Text.In(t.locale)
	if amount != "" {
		amount = fmt.Sprintf(t.perMonth, amount)
	}
	all := joined(amount, text)
	if all == "" && p.Link != "" {
		all = t.listed
	}
	if p.Link != "" {
		all += "\n" + p.Link
	}
	return all
}

func (t words) payerOf(a collaboration.Approval, customer string) string {
	if a.Offer.InvoiceRecipient == collaboration.PaidByOffice {
		return fmt.Sprintf(t.byOffice, a.OfficeName)
	}
	return fmt.Sprintf(t.byCustomer, customer)
}

// termOf returns the first and the last day of the term, for a changed agreement its first
// day, and without any day the rule.
func (t words) termOf(a collaboration.Approval) row {
	switch {
	case a.EndsOn.IsZero() && !a.StartsOn.IsZero():
		return row{t.runsFrom, t.date(a.StartsOn)}
	case !a.StartsOn.IsZero():
		return row{t.term, fmt.Sprintf(t.termFrom, t.date(a.StartsOn), t.date(a.EndsOn.AddDays(-1)))}
	}
	rule := t.starts[a.Offer.Period.Start]
	if a.Offer.Period.Start == collaboration.ChosenMonth {
		rule = fmt.Sprintf(rule, t.date(a.Offer.Period.Month))
	}
	return row{t.term, rule}
}

func (t words) renews(months int) string { return fmt.Sprintf(t.renewsFor, months) }
