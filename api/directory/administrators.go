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

// newAdministrator is the form of a new administrator of a customer.
type newAdministrator struct{ pages }

func (h newAdministrator) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.administrator.new", c.Name), Text: i18n.Text(v.Locale, "entry.administrator.text"), Back: contactsOf(c.ID), BackLabel: c.Name,
		Version: c.Version, Fields: administratorFields(v.Locale, domain.Administrator{MainContact: len(c.Administrators) == 0}),
		Button: i18n.Text(v.Locale, "entry.administrator.add"), Note: "added"}, nil
}

func (h newAdministrator) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	id := v.Param("id")
	a := readAdministrator(form)
	_, err := h.directory.AddAdministrator(v.Context(), request.Employee(v.Context()), id, a, p, form.Invalid)
	return contactsOf(id), err
}

// editAdministrator is the form of an administrator.
type editAdministrator struct{ pages }

func (h editAdministrator) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	a, err := administrator(c, v.Param("administrator"))
	if err != nil {
		return entry.Entry{}, err
	}
	e := entry.Entry{Title: i18n.Text(v.Locale, "entry.administrator.edit", a.Name), Back: contactsOf(c.ID), BackLabel: c.Name, Version: c.Version,
		Fields: administratorFields(v.Locale, domain.Administrator{Contact: a.Contact, MainContact: a.MainContact}), Button: i18n.Text(v.Locale, "entry.save"), Note: "saved"}
	if v.Person.Employee.Role == collaboration.RoleManager {
		e.Others = []entry.Link{{To: contactsOf(c.ID) + "/" + a.ID + "/remove", Label: i18n.Text(v.Locale, "entry.administrator.remove")}}
	}
	return e, nil
}

func (h editAdministrator) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	id := v.Param("id")
	a := readAdministrator(form)
	return contactsOf(id), h.directory.EditAdministrator(v.Context(), request.Employee(v.Context()), id, v.Param("administrator"), a, p, form.Invalid)
}

// removeAdministrator removes an administrator after a confirmation.
type removeAdministrator struct{ pages }

func (h removeAdministrator) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	a, err := administrator(c, v.Param("administrator"))
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.administrator.remove.title", a.Name), Text: i18n.Text(v.Locale, "entry.administrator.remove.text"),
		Back: contactsOf(c.ID), BackLabel: c.Name, Version: c.Version, Button: i18n.Text(v.Locale, "entry.administrator.remove"), Grave: true, Note: "removed"}, err
}

func (h removeAdministrator) Save(v *page.Context, _ *page.FormReader, p app.Precondition) (string, error) {
	id := v.Param("id")
	return contactsOf(id), h.directory.RemoveAdministrator(v.Context(), request.Employee(v.Context()), id, v.Param("administrator"), p)
}

func contactsOf(customerID string) string { return "/customers/" + customerID + "/contacts" }

func readAdministrator(form *page.FormReader) domain.Administrator {
	return domain.Administrator{Contact: collaboration.ReadContact("", form.Text), MainContact: form.Text("main_contact") == "yes"}
}

func administratorFields(l collaboration.Locale, a domain.Administrator) []view.Field {
	var fields []view.Field
	for _, f := range collaboration.ContactFields() {
		field := entry.Text(l, f.Name, *f.Of(&a.Contact))
		field.Type = map[string]string{"phone": "tel", "email": "email"}[f.Type]
		if field.Type == "" {
			field.Type = "text"
		}
		fields = append(fields, field)
	}
	if a.MainContact {
		return fields // the main contact changes by naming another one
	}
	return append(fields, view.Field{Name: "main_contact", Label: i18n.Text(l, "office.customer.main"), Type: "checkboxes", Hint: i18n.Text(l, "entry.main_contact.hint"),
		Choices: []view.Choice{{Value: "yes", Label: i18n.Text(l, "office.customer.make_main")}}})
}
