package directory

import (
	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app"
)

// newCustomer is the form of a new customer.
type newCustomer struct{ pages }

func (h newCustomer) entry(v *page.Context) (entry, error) {
	return entry{Title: i18n.Text(v.Locale, "entry.customer.new"), Back: "/customers", BackLabel: i18n.Text(v.Locale, "nav.customers"),
		Fields: customerFields(v.Locale, domain.Customer{}), Button: i18n.Text(v.Locale, "entry.customer.add"), note: "added"}, nil
}

func (h newCustomer) save(v *page.Context, form *page.FormReader, _ app.Precondition) (string, error) {
	c := readCustomer(form)
	added, err := h.directory.AddCustomer(v.Context(), request.Employee(v.Context()), c, form.Invalid)
	return "/customers/" + added.ID, err
}

// editCustomer is the form of a customer's own data.
type editCustomer struct{ pages }

func (h editCustomer) entry(v *page.Context) (entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry{}, err
	}
	e := entry{Title: i18n.Text(v.Locale, "entry.customer.edit", c.Name), Back: "/customers/" + c.ID, BackLabel: c.Name, Version: c.Version,
		Fields: customerFields(v.Locale, domain.Customer{Name: c.Name, Number: c.OrganisationNumber.Masked(), Reference: c.Reference}),
		Button: i18n.Text(v.Locale, "entry.save"), note: "saved"}
	if v.Person.Employee.Role == collaboration.RoleManager {
		e.Others = []link{archiveLink(c.Customer, v.Locale)}
	}
	return e, nil
}

// save keeps the stored number of a sole trader, which the form shows masked.
func (h editCustomer) save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	stored, err := h.customer(v)
	if err != nil {
		return "", err
	}
	c := readCustomer(form)
	if c.Number == stored.OrganisationNumber.Masked() {
		c.Number = string(stored.OrganisationNumber)
	}
	return "/customers/" + stored.ID, h.directory.EditCustomer(v.Context(), request.Employee(v.Context()), stored.ID, c, p, form.Invalid)
}

func readCustomer(form *page.FormReader) domain.Customer {
	return domain.Customer{Name: form.Text("name"), Number: form.Text("organisation_number"), Reference: form.Text("reference")}
}

func customerFields(l collaboration.Locale, c domain.Customer) []view.Field {
	return []view.Field{textField(l, "name", c.Name), textField(l, "organisation_number", c.Number), referenceField(l, c.Reference)}
}

func archiveLink(c collaboration.Customer, l collaboration.Locale) link {
	if c.ArchivedAt.IsZero() {
		return link{"/customers/" + c.ID + "/archive", i18n.Text(l, "entry.customer.archive")}
	}
	return link{"/customers/" + c.ID + "/restore", i18n.Text(l, "entry.customer.restore")}
}

// archiveCustomer archives a customer after a confirmation, or restores it.
type archiveCustomer struct {
	pages
	archive bool
}

func (h archiveCustomer) key() string {
	if h.archive {
		return "entry.customer.archive"
	}
	return "entry.customer.restore"
}

func (h archiveCustomer) entry(v *page.Context) (entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry{}, err
	}
	return entry{Title: i18n.Text(v.Locale, h.key()+".title", c.Name), Text: i18n.Text(v.Locale, h.key()+".text"), Back: "/customers/" + c.ID, BackLabel: c.Name,
		Version: c.Version, Button: i18n.Text(v.Locale, h.key()), Grave: h.archive, note: "saved"}, nil
}

func (h archiveCustomer) save(v *page.Context, _ *page.FormReader, p app.Precondition) (string, error) {
	c, err := h.directory.SetCustomerArchived(v.Context(), request.Employee(v.Context()), v.Param("id"), h.archive, p)
	return "/customers/" + c.ID, err
}
