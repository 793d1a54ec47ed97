package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"countersign/collaboration"
)

// mistakes are problems of one solution, each with its field.
type mistakes []string

func (m *mistakes) need(ok bool, field, reason string) {
	if !ok {
		*m = append(*m, field+": "+reason)
	}
}

// check returns every mistake in a solution.
func check(s collaboration.Solution) []string {
	var m mistakes
	m.need(validID(s.ID), "id", "must be lower-case letters, digits and hyphens, at most 60")
	m.line("name", s.Name)
	m.line("description", s.Description)
	m.need(s.Terms.Version != "", "terms.version", "is required")
	m.text("terms.text", s.Terms.Text)
	m.need(collaboration.ValidAgreementMonths(s.DefaultAgreementMonths), "default_agreement_months", "must be 3 or 12")
	m.need(s.DefaultInvoiceRecipient.Valid(), "default_invoice_recipient", "must be office or customer")
	m.endPolicies(s.OnEnd)
	renewals := []collaboration.RenewalPolicy{"", collaboration.RenewUnchanged, collaboration.EndAgreement}
	m.need(slices.Contains(renewals, s.OnUnapprovedRenewal), "on_unapproved_renewal", "must be renew_unchanged or end_agreement")
	m.need(s.PriceOf("", collaboration.PaidByOffice) != none && s.PriceOf("", collaboration.PaidByCustomer) != none, "price", "is required: an amount, a text or a link")
	m.prices("", s.Price, s.PriceByPayer)
	m.forms(s)
	m.variants(s)
	return m
}

// text needs a text in both languages.
func (m *mistakes) text(field string, t collaboration.Text) {
	m.need(strings.TrimSpace(t.Swedish) != "", field+".sv", "is required")
	m.need(strings.TrimSpace(t.English) != "", field+".en", "is required")
}

// line needs a text without line breaks: a mail has one line for each fact.
func (m *mistakes) line(field string, t collaboration.Text) {
	m.text(field, t)
	m.need(strings.IndexFunc(t.Swedish, unicode.IsControl) < 0, field+".sv", "must be one line")
	m.need(strings.IndexFunc(t.English, unicode.IsControl) < 0, field+".en", "must be one line")
}

func (m *mistakes) endPolicies(all collaboration.EndPolicies) {
	m.need(len(all) > 0, "on_end", "must be continue_alone, read_only or delete, or a list of them")
	for i, policy := range all {
		field := "on_end"
		if len(all) > 1 {
			field = fmt.Sprintf("on_end[%d]", i)
		}
		m.need(slices.Contains(collaboration.AllEndPolicies(), policy), field, "must be continue_alone, read_only or delete")
		m.need(!slices.Contains(all[:i], policy), field, fmt.Sprintf("%q is in the list already", policy))
	}
}

func (m *mistakes) forms(s collaboration.Solution) {
	scenarios := []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer}
	for _, scenario := range scenarios {
		field := "fields." + string(scenario)
		m.need(s.Asks(scenario, collaboration.FieldTask), field, "must have task_id")
		for _, f := range s.Fields[scenario] {
			m.need(slices.Contains(collaboration.FormFields(), f), field, fmt.Sprintf("no field %q", f))
		}
	}
	m.need(s.Asks(collaboration.NewCustomer, collaboration.FieldContact), "fields.new_customer", "must have contact")
	for scenario := range s.Fields {
		m.need(slices.Contains(scenarios, scenario), "fields."+string(scenario), "must be has_solution, on_platform or new_customer")
		m.need(!s.Asks(scenario, collaboration.FieldVariant) || len(s.Variants) > 0, "fields."+string(scenario), "has variant, but variants is empty")
	}
}

func (m *mistakes) variants(s collaboration.Solution) {
	seen := map[string]bool{}
	for i, v := range s.Variants {
		field := fmt.Sprintf("variants[%d]", i)
		m.need(validID(v.ID), field+".id", "must be lower-case letters, digits and hyphens, at most 60")
		m.need(!seen[v.ID], field+".id", fmt.Sprintf("%q is the id of another variant", v.ID))
		seen[v.ID] = true
		m.line(field+".name", v.Name)
		m.prices(field+".", v.Price, v.PriceByPayer)
	}
	asked := s.Asks(collaboration.OnPlatform, collaboration.FieldVariant) && s.Asks(collaboration.NewCustomer, collaboration.FieldVariant)
	m.need(len(s.Variants) == 0 || asked, "variants", "the forms of on_platform and new_customer must have variant")
}

const maxID = 60

func validID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
