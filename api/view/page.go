package view

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// Policy is the Content-Security-Policy. It allows the product's own stylesheet,
// script, images and event streams, and forms to its own origin.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Page is the data that all pages share.
type Page struct {
	Locale collaboration.Locale
	Title  string
	// Section is the part of the navigation that the page belongs to.
	Section string
	// Person is nil without a login.
	Person *collaboration.Person
	// Address is the URL of the page, with its query.
	Address *url.URL
	// Token is the form token (CSRF), which ties a form to the login.
	Token string
	// Notice and Problem are the messages above the page, for success and failure.
	Notice, Problem string
	// Logo is that of the page's office; nil for none.
	Logo *Logo
	// Reload is the number of seconds until a browser without JavaScript reloads the
	// page.
	Reload int
	// GoTo is the provider's URL for a redirect.
	GoTo string
}

// LogoPath is the path of the offices' logos, before the digest.
const LogoPath = "/logos/"

// Logo is the logo of an office.
type Logo struct{ Source, Office string }

// NewLogo returns the logo of an office; nil without a digest.
func NewLogo(digest, office string) *Logo {
	if digest == "" {
		return nil
	}
	return &Logo{LogoPath + digest, office}
}

// Page returns the shared data to the layout, for any type that embeds it.
func (p Page) Page() Page { return p }

// Other returns the language to switch to.
func (p Page) Other() collaboration.Locale {
	if p.Locale == collaboration.Swedish {
		return collaboration.English
	}
	return collaboration.Swedish
}

// InOther returns the page's address in the other language.
func (p Page) InOther() string {
	q := url.Values{}
	if p.Address != nil {
		q = p.Address.Query()
	}
	q.Set("lang", string(p.Other()))
	return "?" + q.Encode()
}

// Office reports whether the person is an employee of an office.
func (p Page) Office() bool { return p.Person != nil && p.Person.Employee != nil }

// Manager reports whether the person is a manager.
func (p Page) Manager() bool {
	return p.Office() && p.Person.Employee.Role == collaboration.RoleManager
}

// Customer reports whether the person administers a customer.
func (p Page) Customer() bool { return p.Person != nil && len(p.Person.Administers) > 0 }

// pages are the templates by language and name, such as "office/customers".
var pages = map[collaboration.Locale]map[string]*template.Template{
	collaboration.Swedish: mustPages(collaboration.Swedish),
	collaboration.English: mustPages(collaboration.English),
}

func mustPages(l collaboration.Locale) map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(functions(l)).ParseFS(files, "templates/layout.html", "templates/partials/*.html"))
	names, err := fs.Glob(files, "templates/*/*.html")
	if err != nil {
		panic(err)
	}
	all := map[string]*template.Template{}
	for _, name := range names {
		if strings.HasPrefix(name, "templates/partials/") {
			continue
		}
		short := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		all[short] = template.Must(template.Must(layout.Clone()).ParseFS(files, name))
	}
	return all
}

// functions returns the functions of a language's templates.
func functions(l collaboration.Locale) template.FuncMap {
	return template.FuncMap{
		"t":          func(key string, args ...any) string { return i18n.Text(l, key, args...) },
		"in":         i18n.Text,
		"has":        func(key string) bool { return i18n.Has(l, key) },
		"date":       func(d collaboration.Date) string { return i18n.LongDate(d, l) },
		"shortdate":  i18n.ShortDate,
		"day":        func(t time.Time) string { return i18n.ShortDate(collaboration.DateOf(t)) },
		"moment":     func(t time.Time) string { return i18n.Moment(t, l) },
		"rfc3339":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"stylesheet": func() string { return stylesheet.address },
		"script":     func() string { return script.address },
		"icon":       func() string { return icon.address },
		"badge":      func(r collaboration.Activation) Badge { return NewBadge(r.State, r.Agreement, l) },
		"actor":      func(id, name string) string { return i18n.ActorName(l, id, name) },
		"dict":       dict,
	}
}

// dict returns the named arguments of a partial: {{template "field" dict "Name" .X}}.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Render renders a page. data embeds a Page with the language.
func Render(l collaboration.Locale, name string, data any) []byte {
	return RenderPart(l, name, "layout.html", data)
}

// RenderPart renders one named template of a page, to update a page in the browser.
func RenderPart(l collaboration.Locale, name, part string, data any) []byte {
	var b bytes.Buffer
	t, ok := pages[l][name]
	if !ok {
		panic("view: no page " + name)
	}
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		panic(err) // a bug in a template
	}
	return b.Bytes()
}
