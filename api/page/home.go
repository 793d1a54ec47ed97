package page

import (
	"net/http"

	"countersign/api/request"
	"countersign/api/view"
)

// home redirects employees to the overview and administrators to their
// collaborations. Everyone else gets the start page.
func (k *Kit) home(c *Context) error {
	switch {
	case request.AccessEmployee.Allows(c.Person):
		return c.Redirect("/overview")
	case request.AccessAdministrator.Allows(c.Person):
		return c.Redirect("/my/collaborations")
	}
	return c.Render(http.StatusOK, "general/index", startPage{c.Page("", "Countersign"), k.config.WebUIs})
}

// startPage lists Temporal's Web UIs for operators.
type startPage struct {
	view.Page
	WebUIs []string
}
