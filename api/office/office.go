package office

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/sse"
	"countersign/collaboration"
	"countersign/internal/app"
	"countersign/internal/app/evidence"
)

// Store is what the pages read without a use case.
type Store interface {
	Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) (customers []collaboration.Customer, next string, err error)
	// LiveActivations returns the live activations of a page of Customers.
	LiveActivations(ctx context.Context, officeID string, page []collaboration.Customer) ([]collaboration.LiveActivation, error)
	Employees(ctx context.Context, officeID string) ([]collaboration.Employee, error)
	Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) (records []collaboration.Activation, next string, err error)
	Overview(ctx context.Context, officeID string, now time.Time) (collaboration.Overview, error)
	// Access returns the employees with access to a running collaboration, and AccessOn
	// those of a page of Activations.
	Access(ctx context.Context, id collaboration.ActivationID) (employees []string, err error)
	AccessOn(ctx context.Context, officeID string, page []collaboration.Activation) (map[collaboration.ActivationID][]string, error)
}

// Config has the dependencies of the pages.
type Config struct {
	App         *app.App
	Evidence    *evidence.Evidence
	Store       Store
	Catalogue   collaboration.Catalogue
	Streams     *sse.Streams
	Now         func() time.Time
	ReadTimeout time.Duration // of one database call
	// StreamIdle ends a page's event stream while the customer does not answer.
	StreamIdle time.Duration
}

// pages is what all pages share.
type pages struct {
	app         *app.App
	store       Store
	catalogue   collaboration.Catalogue
	streams     *sse.Streams
	now         func() time.Time
	readTimeout time.Duration
	streamIdle  time.Duration
}

// The pages by their subject.
type (
	overviewPages      struct{ pages }
	requestPages       struct{ pages }
	collaborationPages struct{ pages }
	customerPages      struct{ pages }
	activatePages      struct{ pages }
	activationPages    struct{ pages }
	actionPages        struct{ pages }
)

// Mount registers the pages. GET and HEAD only read; POST changes data.
func Mount(kit *page.Kit, r gin.IRoutes, c Config) {
	p := pages{c.App, c.Store, c.Catalogue, c.Streams, c.Now, c.ReadTimeout, c.StreamIdle}
	get := func(path string, h page.Handler) { kit.Handle(r, http.MethodGet, path, request.AccessEmployee, h) }
	post := func(path string, h page.Handler) { kit.Handle(r, http.MethodPost, path, request.AccessEmployee, h) }
	get("/overview", overviewPages{p}.showOverview)
	get("/requests", requestPages{p}.showRequests)
	get("/collaborations", collaborationPages{p}.showCollaborations)

	customers := customerPages{p}
	get("/customers", customers.showCustomers)
	get("/customers/:id", customers.showCustomer)
	get("/customers/:id/tasks", customers.showTasks)
	get("/customers/:id/contacts", customers.showContacts)
	kit.Handle(r, http.MethodPost, "/customers/:id/contacts", request.AccessManager, customers.chooseMainContact)

	activate := activatePages{p}
	get("/customers/:id/collaborations/:solution", activate.showActivate)
	post("/customers/:id/collaborations/:solution", activate.postActivate)

	activation := activationPages{p}
	get("/activations/:id", activation.showActivation)
	get("/activations/:id/live", activation.followActivation)
	approved := evidencePages{c.Evidence}
	get("/activations/:id/terms", approved.showTerms)
	get("/activations/:id/receipt.pdf", approved.sendReceipt)
	for _, a := range actionForms() {
		path := "/activations/:id/" + a.name
		kit.Handle(r, http.MethodGet, path, a.who, actionPages{p}.showAction(a))
		kit.Handle(r, http.MethodPost, path, a.who, actionPages{p}.takeAction(a))
	}
}
