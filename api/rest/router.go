package rest

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

// router has one group of routes for each access level.
type router struct {
	employees, managers, administrators, authenticated group
}

// group registers operations with one access level.
type group struct {
	api         huma.API
	level       request.AccessLevel
	access      request.AccessTable
	bearer      *middleware.Bearer
	writes      *middleware.WriteSlots
	bodyTimeout time.Duration
}

func newRouter(api huma.API, c Config) router {
	of := func(level request.AccessLevel) group {
		return group{api: api, level: level, access: c.Access, bearer: c.Bearer, writes: c.Writes, bodyTimeout: c.BodyTimeout}
	}
	return router{
		employees:      of(request.AccessEmployee),
		managers:       of(request.AccessManager),
		administrators: of(request.AccessAdministrator),
		authenticated:  of(request.AccessAuthenticated),
	}
}

// handler answers one operation.
type handler[I, O any] func(context.Context, *I) (*O, error)

func get[I, O any](g group, path string, op operation, h handler[I, O]) {
	register(g, http.MethodGet, path, op, h)
}

func post[I, O any](g group, path string, op operation, h handler[I, O]) {
	register(g, http.MethodPost, path, op, h)
}

// register adds an operation to the OpenAPI description and converts its errors to
// problems.
func register[I, O any](g group, method, path string, op operation, h handler[I, O]) {
	schemas := g.api.OpenAPI().Components.Schemas
	o := op.describe(schemas, method, path)
	o.BodyReadTimeout = g.bodyTimeout
	g.access.Set(method, ginPath(path), g.level)
	o.Middlewares = append(o.Middlewares, g.authenticate)
	if op.consumes != "" {
		o.Middlewares = append(o.Middlewares, requireType(g.api, op.consumes))
	}
	if method != http.MethodGet {
		h = h.withWriteSlot(g.writes)
	}
	huma.Register(g.api, o, h.orProblem)
	op.describeBody(schemas, o.RequestBody)
}

// ginPath converts a path to gin's syntax: /v1/customers/:id.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// orProblem returns the errors of h as problems.
func (h handler[I, O]) orProblem(ctx context.Context, in *I) (*O, error) {
	out, err := h(ctx, in)
	if err != nil {
		return nil, problem.Report(ctx, err)
	}
	return out, nil
}

// withWriteSlot holds a write slot while h runs, after the body was read.
func (h handler[I, O]) withWriteSlot(slots *middleware.WriteSlots) handler[I, O] {
	return func(ctx context.Context, in *I) (*O, error) {
		release, err := slots.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		return h(ctx, in)
	}
}

// authenticate checks the bearer token and the access level before anything else of the
// request is read.
func (g group) authenticate(ctx huma.Context, next func(huma.Context)) {
	person, err := g.bearer.Authenticate(ctx.Context(), ctx.Header("Authorization"))
	if err == nil {
		err = g.level.Authorize(&person)
	}
	if err != nil {
		writeProblem(g.api, ctx, err)
		return
	}
	next(huma.WithContext(ctx, request.WithPerson(ctx.Context(), person)))
}
