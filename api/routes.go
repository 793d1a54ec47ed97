package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"countersign/api/web"
	"countersign/collaboration"
)

// routes is every address and what answers it.
func (s *Server) routes() error {
	get(s, "/v1/customers", opListCustomers, s.listCustomers)
	get(s, "/v1/customers/{id}", opGetCustomer, s.getCustomer)
	get(s, "/v1/customers/{id}/solutions/{solution}", opGetForm, s.getForm)
	post(s, "/v1/customers/import", opImport, s.importCustomers)
	post(s, "/v1/customers/{id}/erase", opErase, s.eraseCustomer)
	post(s, "/v1/customers/{id}/main-contact", opMainContact, s.nameMainContact)
	get(s, "/v1/solutions", opListSolutions, s.listSolutions)

	post(s, "/v1/activations", opActivate, s.activate)
	get(s, "/v1/activations", opListActivations, s.listActivations)
	get(s, "/v1/activations/{id}", opGetActivation, s.getActivation)
	get(s, "/v1/activations/{id}/audit", opAudit, s.exportAudit)
	get(s, "/v1/activations/{id}/events", opEvents, s.followEvents)
	post(s, "/v1/activations/{id}/withdraw", opWithdraw, s.withdraw)
	post(s, "/v1/activations/{id}/resend", opResend, s.resend)
	post(s, "/v1/activations/{id}/end", opEnd, s.end)
	post(s, "/v1/activations/{id}/take-back", opTakeBack, s.takeBack)
	post(s, "/v1/activations/{id}/correct", opCorrect, s.correct)
	post(s, "/v1/activations/{id}/forward", opForward, s.forward)
	register(s, http.MethodPatch, "/v1/activations/{id}", opChange, s.changeActivation)

	get(s, "/v1/invitations/{link}", opGetInvitation, s.getInvitation)
	post(s, "/v1/invitations/{link}/decision", opDecide, s.decideInvitation)

	get(s, "/v1/collaborations", opListCollaborations, s.listCollaborations)
	get(s, "/v1/collaborations/{id}", opGetCollaboration, s.getCollaboration)
	post(s, "/v1/collaborations/{id}/end", opEndCollaboration, s.endCollaboration)
	post(s, "/v1/collaborations/{id}/take-back", opTakeBackCollaboration, s.takeBackCollaboration)

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

	s.engine.POST("/webhooks/sendgrid", s.takeMailEvents)

	s.codec()

	// Pages: GET and HEAD only show, POST changes something.
	s.page(http.MethodGet, "/", everyone, s.home)
	s.page(http.MethodGet, "/login", everyone, s.login)
	s.page(http.MethodGet, "/login/callback", everyone, s.welcome)
	s.page(http.MethodPost, "/logout", anyone, s.logout)

	s.page(http.MethodGet, "/overview", employees, s.showOverview)

	s.page(http.MethodGet, "/approve/:link", everyone, s.showInvitationPage)
	s.page(http.MethodPost, "/approve/:link", anyone, s.answerInvitation)
	s.page(http.MethodPost, "/approve/:link/resend", everyone, s.resendByLink)
	s.page(http.MethodPost, "/approve/:link/ask", everyone, s.askAgain)
	s.page(http.MethodGet, "/my/invitations/:id", administrators, s.showInvitationPage)
	s.page(http.MethodPost, "/my/invitations/:id", administrators, s.answerInvitation)
	s.page(http.MethodPost, "/my/invitations/:id/ask", administrators, s.askAgain)
	s.page(http.MethodGet, "/my/collaborations", administrators, s.listMyCollaborations)
	s.page(http.MethodGet, "/my/collaborations/:id", administrators, s.showMyCollaboration)
	s.page(http.MethodPost, "/my/collaborations/:id", administrators, s.changeMyCollaboration)
	s.page(http.MethodGet, "/collaboration/:link", everyone, s.movedCollaboration)
	s.page(http.MethodPost, "/collaboration/:link", everyone, s.movedCollaboration)

	s.page(http.MethodGet, "/requests", employees, s.showRequests)
	s.page(http.MethodGet, "/collaborations", employees, s.showCollaborations)
	s.page(http.MethodGet, "/customers", employees, s.showCustomers)
	s.page(http.MethodGet, "/customers/:id", employees, s.showCustomer)
	s.page(http.MethodGet, "/customers/:id/tasks", employees, s.showTasks)
	s.page(http.MethodGet, "/customers/:id/contacts", employees, s.showContacts)
	s.page(http.MethodPost, "/customers/:id/contacts", managers, s.chooseMainContact)
	s.page(http.MethodGet, "/customers/:id/collaborations/:solution", employees, s.showActivate)
	s.page(http.MethodPost, "/customers/:id/collaborations/:solution", employees, s.postActivate)
	s.page(http.MethodGet, "/activations/:id", employees, s.showActivation)
	s.page(http.MethodGet, "/activations/:id/live", employees, s.followActivation)
	for _, a := range actionForms() {
		s.page(http.MethodGet, "/activations/:id/"+a.name, a.who, s.showAction(a))
		s.page(http.MethodPost, "/activations/:id/"+a.name, a.who, s.takeAction(a))
	}

	s.engine.GET("/assets/*file", gin.WrapH(web.Assets()))
	s.engine.HEAD("/assets/*file", gin.WrapH(web.Assets()))
	s.engine.GET("/healthz", s.healthy)
	s.engine.GET("/readyz", s.ready)
	s.engine.NoRoute(s.nothingHere(collaboration.CodeNotFound))
	s.engine.NoMethod(s.nothingHere(collaboration.CodeMethodNotAllowed))
	s.documentation()
	return nil
}

func get[I, O any](s *Server, path string, op operation, h handler[I, O]) {
	register(s, http.MethodGet, path, op, h)
}

func post[I, O any](s *Server, path string, op operation, h handler[I, O]) {
	register(s, http.MethodPost, path, op, h)
}

// register describes an operation and makes its errors problems.
func register[I, O any](s *Server, method, path string, op operation, h handler[I, O]) {
	o := op.describe(s.api.OpenAPI().Components.Schemas, method, path)
	s.audiences[method+" "+ginPath(path)] = op.who
	if op.who != everyone {
		o.Middlewares = append(o.Middlewares, s.authenticate(op.who))
	}
	if op.consumes != "" {
		o.Middlewares = append(o.Middlewares, s.requireType(op.consumes))
	}
	if method != http.MethodGet {
		h = inTurn(s, h)
	}
	huma.Register(s.api, o, h.orProblem)
	op.describeBody(s.api.OpenAPI().Components.Schemas, o.RequestBody)
}

// ginPath is a path as gin writes it: /v1/customers/:id.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
