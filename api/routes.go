package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"countersign/api/middleware"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
)

// routes registers every route and its handler.
func (s *Server) routes() {
	get(s, "/v1/customers", opListCustomers, s.listCustomers)
	get(s, "/v1/customers/{id}", opGetCustomer, s.getCustomer)
	get(s, "/v1/customers/{id}/solutions/{solution}", opGetForm, s.getForm)
	post(s, "/v1/customers/import", opImport, s.importCustomers)
	post(s, "/v1/customers/{id}/erase", opErase, s.eraseCustomer)
	post(s, "/v1/customers/{id}/main-contact", opMainContact, s.setMainContact)
	get(s, "/v1/solutions", opListSolutions, s.listSolutions)

	post(s, "/v1/activations", opActivate, s.activate)
	get(s, "/v1/activations", opListActivations, s.listActivations)
	get(s, "/v1/activations/{id}", opGetActivation, s.getActivation)
	get(s, "/v1/activations/{id}/audit", opAudit, s.exportAudit)
	get(s, "/v1/activations/{id}/events", opEvents, s.followEvents)
	post(s, "/v1/activations/{id}/withdraw", opWithdraw, s.withdraw)
	post(s, "/v1/activations/{id}/resend", opResend, s.resend)
	post(s, "/v1/activations/{id}/end", opEnd, s.end)
	post(s, "/v1/activations/{id}/revoke-notice", opRevokeNotice, s.revokeNotice)
	post(s, "/v1/activations/{id}/correct", opCorrect, s.correct)
	post(s, "/v1/activations/{id}/forward", opForward, s.forward)
	register(s, http.MethodPatch, "/v1/activations/{id}", opChange, s.changeActivation)

	get(s, "/v1/invitations/{link}", opGetInvitation, s.getInvitation)
	post(s, "/v1/invitations/{link}/decision", opDecide, s.decideInvitation)

	get(s, "/v1/collaborations", opListCollaborations, s.listCollaborations)
	get(s, "/v1/collaborations/{id}", opGetCollaboration, s.getCollaboration)
	post(s, "/v1/collaborations/{id}/end", opEndCollaboration, s.endCollaboration)
	post(s, "/v1/collaborations/{id}/revoke-notice", opRevokeNoticeAsCustomer, s.revokeNoticeAsCustomer)

	post(s, "/v1/batches", opAddBatch, s.addBatch)
	post(s, "/v1/batches/csv", opAddBatchFile, s.addBatchFile)
	get(s, "/v1/batches/{id}", opGetBatch, s.getBatch)
	get(s, "/v1/batches/{id}/rows", opListBatchRows, s.listBatchRows)
	post(s, "/v1/batches/{id}/cancel", opCancelBatch, s.cancelBatch)
	post(s, "/v1/batches/{id}/retry", opRetryBatch, s.retryBatch)

	get(s, "/v1/webhooks", opListWebhooks, s.listWebhooks)
	post(s, "/v1/webhooks", opAddWebhook, s.addWebhook)
	register(s, http.MethodDelete, "/v1/webhooks/{id}", opRemoveWebhook, s.removeWebhook)
	post(s, "/v1/webhooks/{id}/enable", opEnableWebhook, s.enableWebhook)
	post(s, "/v1/webhooks/{id}/replay", opReplayWebhook, s.replayWebhook)

	s.mountParts()

	// Pages: GET and HEAD only read, POST changes data.
	s.page(http.MethodGet, "/overview", request.AccessEmployee, s.showOverview)

	s.page(http.MethodGet, "/approve/:link", request.AccessPublic, s.showInvitationPage)
	s.page(http.MethodPost, "/approve/:link", request.AccessAuthenticated, s.answerInvitation)
	s.page(http.MethodPost, "/approve/:link/resend", request.AccessPublic, s.resendByLink)
	s.page(http.MethodPost, "/approve/:link/ask", request.AccessPublic, s.askAgain)
	s.page(http.MethodGet, "/my/invitations/:id", request.AccessAdministrator, s.showInvitationPage)
	s.page(http.MethodPost, "/my/invitations/:id", request.AccessAdministrator, s.answerInvitation)
	s.page(http.MethodPost, "/my/invitations/:id/ask", request.AccessAdministrator, s.askAgain)
	s.page(http.MethodGet, "/my/collaborations", request.AccessAdministrator, s.listMyCollaborations)
	s.page(http.MethodGet, "/my/collaborations/:id", request.AccessAdministrator, s.showMyCollaboration)
	s.page(http.MethodPost, "/my/collaborations/:id", request.AccessAdministrator, s.changeMyCollaboration)

	s.page(http.MethodGet, "/requests", request.AccessEmployee, s.showRequests)
	s.page(http.MethodGet, "/collaborations", request.AccessEmployee, s.showCollaborations)
	s.page(http.MethodGet, "/customers", request.AccessEmployee, s.showCustomers)
	s.page(http.MethodGet, "/customers/:id", request.AccessEmployee, s.showCustomer)
	s.page(http.MethodGet, "/customers/:id/tasks", request.AccessEmployee, s.showTasks)
	s.page(http.MethodGet, "/customers/:id/contacts", request.AccessEmployee, s.showContacts)
	s.page(http.MethodPost, "/customers/:id/contacts", request.AccessManager, s.chooseMainContact)
	s.page(http.MethodGet, "/customers/:id/collaborations/:solution", request.AccessEmployee, s.showActivate)
	s.page(http.MethodPost, "/customers/:id/collaborations/:solution", request.AccessEmployee, s.postActivate)
	s.page(http.MethodGet, "/activations/:id", request.AccessEmployee, s.showActivation)
	s.page(http.MethodGet, "/activations/:id/live", request.AccessEmployee, s.followActivation)
	for _, a := range actionForms() {
		s.page(http.MethodGet, "/activations/:id/"+a.name, a.who, s.showAction(a))
		s.page(http.MethodPost, "/activations/:id/"+a.name, a.who, s.takeAction(a))
	}

	s.engine.GET("/assets/*file", gin.WrapH(view.Assets()))
	s.engine.HEAD("/assets/*file", gin.WrapH(view.Assets()))
	s.engine.GET("/healthz", s.healthy)
	s.engine.GET("/readyz", s.ready)
	s.engine.NoRoute(s.notFound(collaboration.CodeNotFound))
	s.engine.NoMethod(s.notFound(collaboration.CodeMethodNotAllowed))
	s.documentation()
}

func get[I, O any](s *Server, path string, op operation, h handler[I, O]) {
	register(s, http.MethodGet, path, op, h)
}

func post[I, O any](s *Server, path string, op operation, h handler[I, O]) {
	register(s, http.MethodPost, path, op, h)
}

// register adds an operation to the OpenAPI description and converts its errors to
// problems.
func register[I, O any](s *Server, method, path string, op operation, h handler[I, O]) {
	o := op.describe(s.api.OpenAPI().Components.Schemas, method, path)
	s.levels.Set(method, ginPath(path), op.who)
	if op.who != request.AccessPublic {
		o.Middlewares = append(o.Middlewares, s.authenticate(op.who))
	}
	if op.consumes != "" {
		o.Middlewares = append(o.Middlewares, s.requireType(op.consumes))
	}
	if method != http.MethodGet {
		h = withWriteSlot(s.writes, h)
	}
	huma.Register(s.api, o, h.orProblem)
	op.describeBody(s.api.OpenAPI().Components.Schemas, o.RequestBody)
}

// ginPath converts a path to gin's syntax: /v1/customers/:id.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// withWriteSlot holds a write slot while the handler runs, after the body was read.
func withWriteSlot[I, O any](slots *middleware.WriteSlots, h handler[I, O]) handler[I, O] {
	return func(ctx context.Context, in *I) (*O, error) {
		release, err := slots.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		return h(ctx, in)
	}
}

// authenticate is the huma middleware that checks the bearer token and the access
// level before anything else of the request is read.
func (s *Server) authenticate(level request.AccessLevel) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		person, err := s.bearer.Authenticate(ctx.Context(), ctx.Header("Authorization"))
		if err == nil {
			err = level.Authorize(&person)
		}
		if err != nil {
			s.writeProblem(ctx, err)
			return
		}
		next(huma.WithContext(ctx, request.WithPerson(ctx.Context(), person)))
	}
}
