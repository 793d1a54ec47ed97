package rest

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"countersign/api/middleware"
	"countersign/api/request"
	"countersign/api/rest/apikeys"
	"countersign/api/rest/directory"
	"countersign/api/rest/endpoint"
	"countersign/api/sse"
	"countersign/collaboration"
	"countersign/internal/app"
	appapikeys "countersign/internal/app/apikeys"
	appdirectory "countersign/internal/app/directory"
	"countersign/internal/app/evidence"
)

// Store is what the handlers read and write without a use case.
type Store interface {
	Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) (customers []collaboration.Customer, next string, err error)
	Activations(ctx context.Context, officeID string, f collaboration.ActivationFilter) (records []collaboration.Activation, next string, err error)
	// Access returns the employees with access to a running collaboration.
	Access(ctx context.Context, id collaboration.ActivationID) (employees []string, err error)
	Audit(ctx context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error)
	Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error)
	RemoveWebhook(ctx context.Context, officeID, id, by string) error
	EnableWebhook(ctx context.Context, officeID, id, by string) error
}

// Config has the dependencies of the handlers.
type Config struct {
	App         *app.App
	Evidence    *evidence.Evidence
	Directory   *appdirectory.Directory
	Logos       *appdirectory.Logos
	APIKeys     *appapikeys.Keys
	Store       Store
	Catalogue   collaboration.Catalogue
	Bearer      *middleware.Bearer
	Writes      *middleware.WriteSlots
	Streams     *sse.Streams
	Access      request.AccessTable // receives the level of every route
	Now         func() time.Time
	ReadTimeout time.Duration // of one database call
	BodyTimeout time.Duration // of reading a body
}

// handlers is what the handlers of all resources share.
type handlers struct {
	app         *app.App
	evidence    *evidence.Evidence
	store       Store
	catalogue   collaboration.Catalogue
	streams     *sse.Streams
	bearer      *middleware.Bearer
	schemas     huma.Registry
	now         func() time.Time
	readTimeout time.Duration
}

// API is the mounted API.
type API struct{ api huma.API }

// Mount registers every operation, and the documentation at /docs and /openapi.json.
func Mount(engine *gin.Engine, c Config) *API {
	endpoint.ConfigureHuma()
	a := &API{humagin.New(engine, description())}
	h := handlers{app: c.App, evidence: c.Evidence, store: c.Store, catalogue: c.Catalogue, streams: c.Streams, bearer: c.Bearer, schemas: a.api.OpenAPI().Components.Schemas,
		now: c.Now, readTimeout: c.ReadTimeout}
	r := endpoint.NewGroups(a.api, endpoint.Config{Bearer: c.Bearer, Writes: c.Writes, Access: c.Access, Responses: c.App.Responses, BodyTimeout: c.BodyTimeout})
	customers{h}.register(r)
	solutions{h}.register(r)
	activations{h}.register(r)
	changes{h}.register(r)
	invitations{h}.register(r)
	collaborations{h}.register(r)
	evidenceHandlers{h}.register(r)
	batches{h}.register(r)
	webhooks{h}.register(r)
	directory.Mount(r, c.Directory, c.Logos, c.Catalogue, h.schemas)
	apikeys.Mount(r, c.APIKeys, h.schemas)
	a.documentation(engine)
	return a
}
