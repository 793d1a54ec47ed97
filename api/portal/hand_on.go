package portal

import (
	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// outcomeHandOn is the value of the button that hands on the invitation.
const outcomeHandOn = "hand_on"

func isHandOn(v *page.Context) bool { return v.FormValue("outcome") == outcomeHandOn }

// handOnForm is the form for the colleague who answers instead.
type handOnForm struct {
	Fields []view.Field
	// Open is true after the form was rejected, or filled in before the login.
	Open bool
}

func newHandOnForm(v *page.Context) *handOnForm {
	f := &handOnForm{Open: isHandOn(v)}
	for _, field := range collaboration.ContactFields() {
		f.Fields = append(f.Fields, view.Field{
			Name: field.Name, Label: i18n.Text(v.Locale, "page.hand_on."+field.Name), Required: true, Value: v.FormValue(field.Name),
			Type: map[string]string{"phone": "tel", "email": "email", "text": "text"}[field.Type],
		})
	}
	return f
}

// mark adds the errors of a rejected hand-on to its fields, and lists them.
func (f *handOnForm) mark(wrong error, l collaboration.Locale) (errors view.Errors, problem string) {
	if wrong == nil {
		return nil, ""
	}
	var fields []*view.Field
	for i := range f.Fields {
		fields = append(fields, &f.Fields[i])
	}
	if errors = page.MarkErrors(wrong, l, fields...); len(errors) == 0 {
		problem = i18n.CodeText(l, collaboration.CodeOf(wrong))
	}
	return errors, problem
}

// readHandOn returns the posted colleague.
func readHandOn(v *page.Context) app.HandOn {
	form := page.NewFormReader(v.FormValue)
	h := app.HandOn{ID: v.FormValue("nonce"), Colleague: collaboration.ReadContact("", form.Text)}
	h.Invalid = form.Invalid
	return h
}
