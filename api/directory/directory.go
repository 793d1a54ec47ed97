package directory

import (
	"github.com/gin-gonic/gin"

	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app/directory"
)

// pages is what all pages share.
type pages struct{ directory *directory.Directory }

// Mount registers the pages. GET and HEAD only read; POST changes data.
func Mount(kit *page.Kit, r gin.IRoutes, d *directory.Directory, solutions collaboration.Catalogue) {
	h := pages{d}
	form := func(path string, level request.AccessLevel, f entry.Form) {
		entry.Mount(kit, r, path, level, "customers", f)
	}
	form("/customers/new", request.AccessEmployee, newCustomer{h})
	importForm{d, solutions}.mount(kit, r)
	form("/customers/:id/edit", request.AccessEmployee, editCustomer{h})
	form("/customers/:id/archive", request.AccessManager, archiveCustomer{h, true})
	form("/customers/:id/restore", request.AccessManager, archiveCustomer{h, false})
	form("/customers/:id/tasks/new", request.AccessEmployee, newTask{h})
	form("/customers/:id/tasks/:task", request.AccessEmployee, editTask{h})
	form("/customers/:id/contacts/new", request.AccessEmployee, newAdministrator{h})
	form("/customers/:id/contacts/:administrator", request.AccessEmployee, editAdministrator{h})
	form("/customers/:id/contacts/:administrator/remove", request.AccessManager, removeAdministrator{h})
}

// customer returns the customer of the route, as it is stored.
func (h pages) customer(v *page.Context) (directory.Customer, error) {
	return h.directory.Customer(v.Context(), request.Employee(v.Context()), v.Param("id"))
}

// task returns the task of the route.
func task(c directory.Customer, id string) (collaboration.Task, error) {
	for _, t := range c.Tasks {
		if t.ID == id {
			return t, nil
		}
	}
	return collaboration.Task{}, &collaboration.Error{Code: collaboration.CodeNotFound}
}

// administrator returns the administrator of the route.
func administrator(c directory.Customer, id string) (collaboration.Administrator, error) {
	for _, a := range c.Administrators {
		if a.ID == id {
			return a, nil
		}
	}
	return collaboration.Administrator{}, &collaboration.Error{Code: collaboration.CodeNotFound}
}
