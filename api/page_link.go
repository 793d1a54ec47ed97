package api

import (
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// linkPage is what a link shows to those who may not see the invitation, or
// cannot answer it any more. Who has come by the link may be anyone: it tells
// nothing of the customer.
type linkPage struct {
	web.Page
	Status                             invitationStatus
	Stranger                           bool
	OfficeName, SolutionName, Expires  string
	Login, Switch, Path, Mine, Address string
}

func (s *Server) showLink(v *visit, i invitation) error {
	r, l, path := i.record, v.locale, v.c.Request.URL.Path
	if v.draft != nil { // its writer may come yet
		s.Sessions.Put(v.ctx(), sessionDraft, draft{path, v.draft})
		v.draft = nil
	}
	p := &linkPage{
		Page: v.page("", ""), Status: i.status, Stranger: v.person != nil && !i.readable, Path: path,
		OfficeName: r.OfficeName, SolutionName: i.solution.Name.In(l), Login: loginPath(path), Switch: loginPath(path) + "&switch=1",
		Mine: "/my/invitations/" + string(r.ID),
	}
	if i.status == open && !r.ExpiresAt.IsZero() {
		p.Expires = web.Moment(r.ExpiresAt, l)
	}
	status := http.StatusOK
	switch {
	case i.status == expired, i.status == replaced:
		status = i.status.code().Status()
	case p.Stranger && (i.status == open || i.status == decided):
		status = collaboration.CodeForbidden.Status()
	}
	p.Title = web.Text(l, "link."+p.What()+".title", p.OfficeName)
	return v.show(status, "customer/link", p)
}

// What names the texts "link.<what>.…".
func (p *linkPage) What() string {
	if p.Stranger && (p.Status == open || p.Status == decided) {
		return "stranger"
	}
	return string(p.Status)
}
