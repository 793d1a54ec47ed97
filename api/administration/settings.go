package administration

import (
	"strconv"
	"strings"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app"
	"countersign/internal/app/directory"
)

const settingsPath = "/office/settings"

// settings is the form of the office's settings.
type settings struct{ directory *directory.Directory }

func (h settings) Entry(v *page.Context) (entry.Entry, error) {
	s, err := h.directory.Settings(v.Context(), request.Employee(v.Context()))
	return entry.Entry{Title: label(v.Locale, "settings"), Text: i18n.Text(v.Locale, "entry.settings.text"), Back: peoplePath, BackLabel: i18n.Text(v.Locale, "nav.office"),
		Fields: settingsFields(v.Locale, s), Button: i18n.Text(v.Locale, "entry.save"), Version: s.Version, Note: "saved",
		Others: []entry.Link{{To: logoPath, Label: i18n.Text(v.Locale, "logo.link")}}}, err
}

func (h settings) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	s := domain.Settings{Name: form.Text("name"), Locale: collaboration.Locale(form.Text("locale")), Email: form.Text("email"), Phone: form.Text("phone"),
		SenderName: form.Text("sender_name"), InvitationDays: form.Number("invitation_days"), ReminderDays: readDays(form),
		DefaultPayer: collaboration.InvoiceRecipient(form.Text("default_payer")), Notify: collaboration.Notified(form.Text("notify"))}
	_, err := h.directory.SaveSettings(v.Context(), request.Employee(v.Context()), s, p, form.Invalid)
	return settingsPath, err
}

// readDays reads days that are separated by commas or spaces.
func readDays(form *page.FormReader) []int {
	var days []int
	for _, part := range strings.FieldsFunc(form.Text("reminder_days"), func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		day, err := strconv.Atoi(part)
		if err != nil {
			form.Reject("reminder_days")
			return nil
		}
		days = append(days, day)
	}
	return days
}

func settingsFields(l collaboration.Locale, s domain.Settings) []view.Field {
	optional := func(name, kind, value string) view.Field {
		f := entry.Text(l, name, value)
		f.Required, f.Type = false, kind
		if key := "entry." + name + ".hint"; i18n.Has(l, key) {
			f.Hint = i18n.Text(l, key)
		}
		return f
	}
	choice := func(name, value string, choices ...view.Choice) view.Field {
		return view.Field{Name: name, Label: i18n.Text(l, "entry."+name), Type: "radio", Value: value, Choices: choices}
	}
	var days []string
	for _, day := range s.ReminderDays {
		days = append(days, strconv.Itoa(day))
	}
	var locales, notified []view.Choice
	for _, each := range collaboration.Locales() {
		locales = append(locales, view.Choice{Value: string(each), Label: i18n.Text(l, "office.language."+string(each))})
	}
	for _, each := range collaboration.NotifiedChoices() {
		notified = append(notified, view.Choice{Value: string(each), Label: i18n.Text(l, "entry.notify."+string(each))})
	}
	payers := []view.Choice{{Label: i18n.Text(l, "entry.default_payer.none")}}
	for _, each := range collaboration.InvoiceRecipients() {
		payers = append(payers, view.Choice{Value: string(each), Label: i18n.Text(l, "payer."+string(each))})
	}
	name := entry.Text(l, "name", s.Name)
	name.Hint = i18n.Text(l, "entry.settings.name.hint")
	email := optional("email", "email", s.Email)
	email.Hint = i18n.Text(l, "entry.settings.email.hint")
	return []view.Field{name, email, optional("phone", "tel", s.Phone), optional("sender_name", "text", s.SenderName), choice("locale", string(s.Locale), locales...),
		choice("default_payer", string(s.DefaultPayer), payers...), optional("invitation_days", "number", strconv.Itoa(s.InvitationDays)),
		optional("reminder_days", "text", strings.Join(days, ", ")), choice("notify", string(s.Notify), notified...)}
}
