package directory

import (
	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app"
)

// newCustomer is the form of a new customer.
type newCustomer struct{ pages }

func (h newCustomer) Entry(v *page.Context) (entry.Entry, error) {
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.customer.new"), Back: "/customers", BackLabel: i18n.Text(v.Locale, "nav.customers"),
		Fields: customerFields(v.Locale, domain.Customer{}), Button: i18n.Text(v.Locale, "entry.customer.add"), Note: "added"}, nil
}

func (h newCustomer) Save(v *page.Context, form *page.FormReader, _ app.Precondition) (string, error) {
	c := readCustomer(form)
	added, err := h.directory.AddCustomer(v.Context(), request.Employee(v.Context()), c, form.Invalid)
	return "/customers/" + added.ID, err
}

// editCustomer is the form of a customer's own data.
type editCustomer struct{ pages }

func (h editCustomer) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	e := entry.Entry{Title: i18n.Text(v.Locale, "entry.customer.edit", c.Name), Back: "/customers/" + c.ID, BackLabel: c.Name, Version: c.Version,
		Fields: customerFields(v.Locale, domain.Customer{Name: c.Name, Number: c.OrganisationNumber.Masked(), Reference: c.Reference}),
		Button: i18n.Text(v.Locale, "entry.save"), Note: "saved"}
	if v.Person.Employee.Role == collaboration.RoleManager {
		e.Others = []entry.Link{archiveLink(c.Customer, v.Locale)}
	}
	return e, nil
}

// save keeps the stored number of a sole trader, which the form shows masked.
func (h editCustomer) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
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
	return []view.Field{entry.Text(l, "name", c.Name), entry.Text(l, "organisation_number", c.Number), entry.Reference(l, c.Reference)}
}

func archiveLink(c collaboration.Customer, l collaboration.Locale) entry.Link {
	if c.ArchivedAt.IsZero() {
		return entry.Link{To: "/customers/" + c.ID + "/archive", Label: i18n.Text(l, "entry.customer.archive")}
	}
	return entry.Link{To: "/customers/" + c.ID + "/restore", Label: i18n.Text(l, "entry.customer.restore")}
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

func (h archiveCustomer) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	return entry.Entry{Title: i18n.Text(v.Locale, h.key()+".title", c.Name), Text: i18n.Text(v.Locale, h.key()+".text"), Back: "/customers/" + c.ID, BackLabel: c.Name,
		Version: c.Version, Button: i18n.Text(v.Locale, h.key()), Grave: h.archive, Note: "saved"}, nil
}

func (h archiveCustomer) Save(v *page.Context, _ *page.FormReader, p app.Precondition) (string, error) {
	c, err := h.directory.SetCustomerArchived(v.Context(), request.Employee(v.Context()), v.Param("id"), h.archive, p)
	return "/customers/" + c.ID, err
}
