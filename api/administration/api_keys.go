package administration

import (
	"net/http"
	"strconv"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/internal/app"
	"countersign/internal/app/apikeys"
)

const apiKeysPath = "/office/api-keys"

// apiKeys are the pages of the office's API keys.
type apiKeys struct{ keys *apikeys.Keys }

// apiKeysPage lists the keys and has the form of a new one.
type apiKeysPage struct {
	tabPage
	Rows   []apiKeyRow
	Fields []view.Field
	Errors view.Errors
	// Secret is the secret of the key that was just created, and Name the key's name.
	Secret, Name string
}

type apiKeyRow struct {
	apikey.Key
	Status apikey.Status
}

// list shows the keys with the form of a new one.
func (h apiKeys) list(v *page.Context) error { return h.render(v, http.StatusOK, apiKeysPage{}, nil) }

// add creates a key. The response shows its secret, which is nowhere else: not in the
// session and not in a URL. A repeated form is rejected, because the name is in use.
func (h apiKeys) add(v *page.Context) error {
	form := page.NewFormReader(v.FormValue)
	days := form.Number("expires")
	n := apikey.New{Name: form.Text("name"), Scope: collaboration.Scope(form.Text("scope")), ExpiresAt: h.keys.In(days)}
	added, err := h.keys.Add(v.Context(), request.Employee(v.Context()), n, form.Invalid)
	switch {
	case err == nil:
		return h.render(v, http.StatusCreated, apiKeysPage{Secret: added.Secret, Name: added.Name}, nil)
	case collaboration.CodeOf(err) == collaboration.CodeForbidden:
		return err
	}
	return h.render(v, problem.Report(v.Context(), err).Status, apiKeysPage{}, err)
}

func (h apiKeys) render(v *page.Context, status int, p apiKeysPage, wrong error) error {
	all, err := h.keys.List(v.Context(), request.Employee(v.Context()))
	if err != nil {
		return err
	}
	for _, k := range all {
		p.Rows = append(p.Rows, apiKeyRow{k, h.keys.Status(k)})
	}
	p.tabPage, p.Fields = newTabPage(v, "api-keys"), apiKeyFields(v.Locale)
	if wrong != nil || v.HasDraft() {
		for i := range p.Fields {
			p.Fields[i].Value = v.FormValue(p.Fields[i].Name)
		}
	}
	if wrong != nil {
		if p.Errors = page.MarkErrors(wrong, v.Locale, &p.Fields[0], &p.Fields[1], &p.Fields[2]); len(p.Errors) == 0 {
			p.Problem = i18n.CodeText(v.Locale, collaboration.CodeOf(wrong))
		}
	}
	return v.Render(status, "office/api_keys", p)
}

// lifetimes are the choices of an expiry, in days; 0 is none.
var lifetimes = []int{30, 90, 365, 0}

func apiKeyFields(l collaboration.Locale) []view.Field {
	text := func(key string) string { return i18n.Text(l, "api-keys."+key) }
	name := entry.Text(l, "name", "")
	name.Hint = text("name.hint")
	scope := view.Field{Name: "scope", Label: text("scope"), Type: "radio", Required: true}
	for _, s := range collaboration.Scopes() {
		scope.Choices = append(scope.Choices, view.Choice{Value: string(s), Label: text("scope." + string(s) + ".label")})
	}
	expires := view.Field{Name: "expires", Label: text("expires"), Type: "select", Value: "365"}
	for _, days := range lifetimes {
		key := "expires.days"
		if days == 0 {
			key = "expires.never"
		}
		expires.Choices = append(expires.Choices, view.Choice{Value: strconv.Itoa(days), Label: i18n.Text(l, "api-keys."+key, days)})
	}
	return []view.Field{name, scope, expires}
}

// revokeAPIKey is the confirmation of a revocation.
type revokeAPIKey struct{ apiKeys }

func (h revokeAPIKey) Entry(v *page.Context) (entry.Entry, error) {
	all, err := h.keys.List(v.Context(), request.Employee(v.Context()))
	if err != nil {
		return entry.Entry{}, err
	}
	for _, k := range all {
		if k.ID == v.Param("id") {
			return entry.Entry{Title: i18n.Text(v.Locale, "api-keys.revoke.title", k.Name), Text: i18n.Text(v.Locale, "api-keys.revoke.text"),
				Back: apiKeysPath, BackLabel: label(v.Locale, "api-keys"), Button: i18n.Text(v.Locale, "api-keys.revoke.button"), Grave: true, Note: "api_key_revoked"}, nil
		}
	}
	return entry.Entry{}, &collaboration.Error{Code: collaboration.CodeAPIKeyNotFound}
}

func (h revokeAPIKey) Save(v *page.Context, _ *page.FormReader, _ app.Precondition) (string, error) {
	return apiKeysPath, h.keys.Revoke(v.Context(), request.Employee(v.Context()), v.Param("id"))
}
