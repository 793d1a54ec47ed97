package endpoint

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/middleware"
	"countersign/api/problem"
	"countersign/api/request"
)

// Groups has one group of routes for each access level.
type Groups struct {
	Employees, Managers, ManagersInPerson, Administrators, Authenticated Group
}

// Config has what all groups share.
type Config struct {
	Bearer      *middleware.Bearer
	Writes      *middleware.WriteSlots
	Access      request.AccessTable // receives the level of every route
	Responses   Responses
	BodyTimeout time.Duration // of reading a body
}

// Group registers operations with one access level.
type Group struct {
	config Config
	api    huma.API
	level  request.AccessLevel
}

// NewGroups returns the groups of an API.
func NewGroups(api huma.API, c Config) Groups {
	of := func(level request.AccessLevel) Group { return Group{c, api, level} }
	return Groups{
		Employees:        of(request.AccessEmployee),
		Managers:         of(request.AccessManager),
		ManagersInPerson: of(request.AccessManagerInPerson),
		Administrators:   of(request.AccessAdministrator),
		Authenticated:    of(request.AccessAuthenticated),
	}
}

// Handler answers one operation.
type Handler[I, O any] func(context.Context, *I) (*O, error)

// Get registers a GET operation.
func Get[I, O any](g Group, path string, op Operation, h Handler[I, O]) {
	Register(g, http.MethodGet, path, op, h)
}

// Post registers a POST operation.
func Post[I, O any](g Group, path string, op Operation, h Handler[I, O]) {
	Register(g, http.MethodPost, path, op, h)
}

// Put registers a PUT operation.
func Put[I, O any](g Group, path string, op Operation, h Handler[I, O]) {
	Register(g, http.MethodPut, path, op, h)
}

// Register adds an operation to the OpenAPI description and converts its errors to
// problems.
func Register[I, O any](g Group, method, path string, op Operation, h Handler[I, O]) {
	schemas := g.api.OpenAPI().Components.Schemas
	storesResponse := method == http.MethodPost && !handlesKey[I]()
	if storesResponse {
		op = op.withKey()
		h = h.withStoredResponse(op.ID, g.config.Responses)
	}
	o := op.describe(schemas, method, path)
	o.BodyReadTimeout = g.config.BodyTimeout
	g.config.Access.Set(method, ginPath(path), g.level)
	o.Middlewares = append(o.Middlewares, g.authenticate)
	if op.Consumes != "" {
		o.Middlewares = append(o.Middlewares, requireType(g.api, op.Consumes, op.AlsoConsumes))
	}
	if storesResponse {
		o.Parameters = append(o.Parameters, keyParameter(schemas))
		o.Middlewares = append(o.Middlewares, keepKey)
	}
	if method != http.MethodGet {
		h = h.withWriteSlot(op.slot(g.config.Writes))
	}
	huma.Register(g.api, o, h.orProblem)
	op.describeBody(schemas, o.RequestBody)
}

// ginPath converts a path to gin's syntax: /v1/customers/:id.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// orProblem returns the errors of h as problems.
func (h Handler[I, O]) orProblem(ctx context.Context, in *I) (*O, error) {
	out, err := h(ctx, in)
	if err != nil {
		return nil, problem.Report(ctx, err)
	}
	return out, nil
}

type acquireSlot func(context.Context) (release func(), err error)

// slot returns the slots of the operation. A file is a body above the usual limit.
func (op Operation) slot(writes *middleware.WriteSlots) acquireSlot {
	if op.MaxBody > maxBody {
		return writes.AcquireUpload
	}
	return writes.Acquire
}

// withWriteSlot holds a write slot while h runs, after the body was read.
func (h Handler[I, O]) withWriteSlot(acquire acquireSlot) Handler[I, O] {
	return func(ctx context.Context, in *I) (*O, error) {
		release, err := acquire(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		return h(ctx, in)
	}
}

// authenticate checks the bearer token and the access level before anything else of the
// request is read.
func (g Group) authenticate(ctx huma.Context, next func(huma.Context)) {
	person, err := g.config.Bearer.Authenticate(ctx.Context(), ctx.Header("Authorization"))
	if err == nil {
		request.Identify(ctx.Context(), person)
		err = g.level.Authorize(&person, ctx.Method())
	}
	if err != nil {
		writeProblem(g.api, ctx, err)
		return
	}
	next(huma.WithContext(ctx, request.WithPerson(ctx.Context(), person)))
}
