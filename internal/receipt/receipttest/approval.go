package receipttest

import (
	"strings"
	"time"

	"countersign/collaboration"
)

// Approval returns an approval with every value.
func Approval(l collaboration.Locale) collaboration.Approval {
	terms := "1. Villkor — 100 kr, ‘åäö’\n\nByrån får läsa och ändra uppgifterna.\n\n2. Avtalet förlängs."
	return collaboration.Approval{
		Activation: "aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb",
		Row: collaboration.AuditRow{
			Sequence: 6, Action: collaboration.ActionAgreementStarted, Hash: strings.Repeat("0a", 32), Commitment: strings.Repeat("0b", 32), Private: "{}",
			KeyID: strings.Repeat("K", 43), Signature: strings.Repeat("S", 86),
		},
		Offer: collaboration.Offer{
			Locale: l, Solution: "Bokföring & Fakturering", Variant: "Bas", Price: collaboration.Price{Amount: "1249.50", Currency: "SEK", Per: collaboration.PerMonth, Text: collaboration.Text{Swedish: "exklusive moms", English: "excluding VAT"}},
			InvoiceRecipient: collaboration.PaidByCustomer, Period: collaboration.Period{Start: collaboration.NextMonth}, AgreementMonths: 12,
			TermsVersion: "2026-11", TermsHash: collaboration.TermsHash(terms),
		},
		OfferHash: strings.Repeat("0c", 32), At: time.Date(2026, 11, 28, 13, 4, 5, 600, time.UTC),
		StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, EndsOn: collaboration.Date{Year: 2027, Month: 12, Day: 1},
		OfficeName: "Ekströms Redovisning", CustomerName: "Öbergs Snickeri AB", OrganisationNumber: "556677-8899", Name: "Åsa Öberg", Email: "asa@oberg.example",
		Login: &collaboration.Login{Issuer: "https://login.example", Email: "asa.oberg@login.example", ACR: "urn:example:loa:3", AMR: []string{"pwd", "otp"}},
		Terms: terms,
	}
}

// Erased returns the approval after the erasure of its personal data.
func Erased(a collaboration.Approval) collaboration.Approval {
	login := a.Login.WithoutPerson()
	a.Row.Private, a.Name, a.Email, a.Login = "", "", "", &login
	return a
}
