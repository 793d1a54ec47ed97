package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"countersign/collaboration"
)

// Policy lets a page load our own stylesheet and script, follow our own event
// streams and post to us, nothing else.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Page is what every page has beside its own.
type Page struct {
	Locale collaboration.Locale
	Title  string
	// Section is the part of the navigation that the page belongs to.
	Section string
	// Person is nil where nobody is logged in.
	Person *collaboration.Person
	// Address is the page's own, with its query.
	Address *url.URL
	// Token proves that a form was filled in on our page.
	Token string
	// Notice and Problem stand above the page; what went well, and what did not.
	Notice, Problem string
	// Reload is after how many seconds a browser without JavaScript asks anew.
	Reload int
	// GoTo is where a browser is sent on to, at the provider.
	GoTo string
}

// Page is what the layout shows, whatever the page's own data are called.
func (p Page) Page() Page { return p }

// Other is the language to switch to.
func (p Page) Other() collaboration.Locale {
	if p.Locale == collaboration.Swedish {
		return collaboration.English
	}
	return collaboration.Swedish
}

// InOther is the page's address in the other language.
func (p Page) InOther() string {
	q := url.Values{}
	if p.Address != nil {
		q = p.Address.Query()
	}
	q.Set("lang", string(p.Other()))
	return "?" + q.Encode()
}

// Office is whether the person works at an office.
func (p Page) Office() bool { return p.Person != nil && p.Person.Employee != nil }

// Manager is whether the person may do what managers may.
func (p Page) Manager() bool {
	return p.Office() && p.Person.Employee.Role == collaboration.RoleManager
}

// Customer is whether the person administers a customer.
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

// functions are what templates of a language may call.
func functions(l collaboration.Locale) template.FuncMap {
	return template.FuncMap{
		"t":          func(key string, args ...any) string { return Text(l, key, args...) },
		"in":         Text,
		"has":        func(key string) bool { return Has(l, key) },
		"date":       func(d collaboration.Date) string { return LongDate(d, l) },
		"shortdate":  ShortDate,
		"day":        func(t time.Time) string { return ShortDate(collaboration.DateOf(t)) },
		"moment":     func(t time.Time) string { return Moment(t, l) },
		"rfc3339":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"stylesheet": func() string { return stylesheet.address },
		"script":     func() string { return script.address },
		"icon":       func() string { return icon.address },
		"dict":       dict,
	}
}

// dict names what a partial is given: {{template "field" dict "Name" .X}}.
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

// Render is a page: data embeds a Page of that language.
func Render(l collaboration.Locale, name string, data any) []byte {
	return RenderPart(l, name, "layout.html", data)
}

// RenderPart is one named template of a page, for a page that is already open.
func RenderPart(l collaboration.Locale, name, part string, data any) []byte {
	var b bytes.Buffer
	t, ok := pages[l][name]
	if !ok {
		panic("web: no page " + name)
	}
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		panic(err) // a template's mistake
	}
	return b.Bytes()
}
