package administration

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
	"countersign/internal/app/apikeys"
	"countersign/internal/app/directory"
)

// section is the part of the navigation.
const section = "office"

// tabs are the pages of the section in order: each path ends with the name, and each
// label is the text "office.tab.<name>".
var tabs = []string{"people", "api-keys", "webhooks", "settings", "changes"}

// Config has the dependencies of the pages.
type Config struct {
	Directory *directory.Directory
	Logos     *directory.Logos
	APIKeys   *apikeys.Keys
	Webhooks  *app.Webhooks
	Store     WebhookStore
	// ReadTimeout limits one call of the store.
	ReadTimeout time.Duration
}

// Mount registers the pages, which are for managers.
func Mount(kit *page.Kit, r gin.IRoutes, c Config) {
	get := func(path string, h page.Handler) {
		kit.Handle(r, http.MethodGet, path, request.AccessManager, h)
	}
	form := func(path string, f entry.Form) { entry.Mount(kit, r, path, request.AccessManager, section, f) }
	people := people{c.Directory}
	get("/office/people", people.list)
	form("/office/people/new", newEmployee{people})
	form("/office/people/:id", editEmployee{people})
	form("/office/people/:id/deactivate", deactivateEmployee{people})
	form("/office/people/:id/activate", activateEmployee{people})
	form("/office/people/:id/hand-over", handOver{people})
	form(settingsPath, settings{c.Directory})
	logo := logoPages{c.Logos}
	get(logoPath, logo.show)
	kit.HandleUpload(r, logoPath, request.AccessManager, maxLogoForm, logo.upload)
	form(logoPath+"/remove", removeLogo{logo})
	keys := apiKeys{c.APIKeys}
	kit.Handle(r, http.MethodGet, apiKeysPath, request.AccessManagerInPerson, keys.list)
	kit.Handle(r, http.MethodPost, apiKeysPath, request.AccessManagerInPerson, keys.add)
	form(apiKeysPath+"/:id/revoke", revokeAPIKey{keys})
	hooks := webhooks{c.Webhooks, c.Store, c.ReadTimeout}
	get(webhooksPath, hooks.list)
	kit.Handle(r, http.MethodPost, webhooksPath, request.AccessManager, hooks.add)
	form(webhooksPath+"/:id/remove", changeWebhook{hooks, "remove", true, c.Store.RemoveWebhook})
	form(webhooksPath+"/:id/enable", changeWebhook{hooks, "enable", false, c.Store.EnableWebhook})
	get("/office/changes", changes{c.Directory}.list)
}

// tab is a link to a page of the section.
type tab struct {
	To, Label string
	Here      bool
}

// tabPage is the common data of the section's pages.
type tabPage struct {
	view.Page
	Tabs []tab
}

func newTabPage(v *page.Context, here string) tabPage {
	p := tabPage{Page: v.Page(section, label(v.Locale, here))}
	for _, name := range tabs {
		p.Tabs = append(p.Tabs, tab{"/office/" + name, label(v.Locale, name), name == here})
	}
	return p
}

func label(l collaboration.Locale, name string) string { return i18n.Text(l, "office.tab."+name) }
