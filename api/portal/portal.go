package portal

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/page"
	"countersign/api/request"
	"countersign/internal/app"
	"countersign/internal/app/evidence"
)

// Config has the dependencies of the pages.
type Config struct {
	App      *app.App
	Evidence *evidence.Evidence
	// LoginHost is the host of the login service; "" if unknown. SignupURL is where
	// customers get an account for it; "" if the login page offers it.
	LoginHost, SignupURL string
	Now                  func() time.Time
}

// The pages by their subject.
type (
	invitationPages    struct{ Config }
	collaborationPages struct{ Config }
)

// Mount registers the pages. GET and HEAD only read; POST changes data.
func Mount(kit *page.Kit, r gin.IRoutes, c Config) {
	invitations, collaborations := invitationPages{c}, collaborationPages{c}
	kit.Handle(r, http.MethodGet, "/approve/:link", request.AccessPublic, invitations.showInvitationPage)
	kit.Handle(r, http.MethodPost, "/approve/:link", request.AccessAuthenticated, invitations.answerInvitation)
	kit.Handle(r, http.MethodPost, "/approve/:link/resend", request.AccessPublic, invitations.resendByLink)
	kit.Handle(r, http.MethodPost, "/approve/:link/ask", request.AccessPublic, invitations.askAgain)
	kit.Handle(r, http.MethodGet, "/my/invitations/:id", request.AccessAuthenticated, invitations.showInvitationPage)
	kit.Handle(r, http.MethodPost, "/my/invitations/:id", request.AccessAdministrator, invitations.answerInvitation)
	kit.Handle(r, http.MethodPost, "/my/invitations/:id/ask", request.AccessAdministrator, invitations.askAgain)
	kit.Handle(r, http.MethodGet, "/my/collaborations", request.AccessAdministrator, collaborations.listMyCollaborations)
	kit.Handle(r, http.MethodGet, "/my/collaborations/:id", request.AccessAdministrator, collaborations.showMyCollaboration)
	kit.Handle(r, http.MethodPost, "/my/collaborations/:id", request.AccessAdministrator, collaborations.changeMyCollaboration)
	kit.Handle(r, http.MethodGet, "/my/collaborations/:id/change", request.AccessAdministrator, collaborations.showChange)
	kit.Handle(r, http.MethodPost, "/my/collaborations/:id/change", request.AccessAdministrator, collaborations.answerChange)
	approved := evidencePages{c}
	kit.Handle(r, http.MethodGet, "/my/collaborations/:id/terms", request.AccessAdministrator, approved.showTerms)
	kit.Handle(r, http.MethodGet, "/my/collaborations/:id/receipt.pdf", request.AccessAdministrator, approved.sendReceipt)
}
