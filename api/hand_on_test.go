package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

const perJSON = `{"name":"Per Öberg","email":" per@oberg.example","phone":"070-123 45 67"}`

func per() collaboration.Contact {
	return collaboration.Contact{Name: "Per Öberg", Email: "per@oberg.example", Phone: "070-123 45 67"}
}

// handedOn stores the event of a hand-on of a generation by the administrator.
func (w *world) handedOn(id collaboration.ActivationID, generation string) {
	w.happened(id, "a-2", collaboration.ActionHandedOn)
	e := &w.events[id][len(w.events[id])-1]
	e.ToName, e.Detail = "Per Öberg", `{"administrator":"a-per","generation":`+generation+`}`
}

func TestHandOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body    string
		link    string
		change  func(*collaboration.Activation)
		fail    error
		status  int
		content []string
		sent    bool
	}{
		"to a colleague":        {status: 200, sent: true},
		"no fields":             {body: `{}`, status: 422, content: []string{wrong("name", "required"), wrong("email", "required"), wrong("phone", "required")}},
		"wrong fields":          {body: `{"name":"www.evil.example","email":"per@","phone":1}`, status: 422, content: []string{wrong("name", "invalid_format"), wrong("email", "invalid_format"), wrong("phone", "invalid_format")}},
		"an employee's address": {body: change(perJSON, "per@oberg.example", "NILS@byran.example"), status: 422, content: []string{wrong("email", "address_of_employee")}},
		"and a wrong field":     {body: change(change(perJSON, "per@oberg.example", nils.Email), "070-123 45 67", "1"), status: 422, content: []string{wrong("email", "address_of_employee"), wrong("phone", "invalid_format")}},
		"too often":             {fail: &collaboration.Error{Code: collaboration.CodeHandOnLimit}, status: 409, content: []string{code("hand_on_limit")}, sent: true},
		"by a superseded link":  {link: ".0", fail: &collaboration.Error{Code: collaboration.CodeLinkReplaced}, status: 410, content: []string{code("link_replaced")}, sent: true},
		"a retry of the first":  {link: ".0", status: 200, sent: true},
		"decided": {change: func(a *collaboration.Activation) {
			state(collaboration.Declined)(a)
			decision(collaboration.Decline)(a)
		}, status: 409, content: []string{code("already_decided")}},
		"expired":                {change: state(collaboration.Expired), status: 410, content: []string{code("link_expired")}},
		"withdrawn":              {change: state(collaboration.Withdrawn), status: 409, content: []string{code("not_pending")}},
		"lost by Temporal":       {fail: &collaboration.Error{Code: collaboration.CodeActivationNotFound}, status: 503, content: []string{code("unavailable")}, sent: true},
		"the outcome is unknown": {fail: &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}, status: 202, content: []string{code("outcome_unknown")}, sent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			changes := []func(*collaboration.Activation){}
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			id := w.with("c-platform", collaboration.AwaitingApproval, changes...)
			w.fail["hand_on"] = tt.fail
			body, link := tt.body, ".1"
			if body == "" {
				body = perJSON
			}
			if tt.link != "" {
				link = tt.link
			}
			r := post("/v1/invitations/"+string(id)+link+"/hand-on", "asa", body)
			r.status, r.content = tt.status, tt.content
			s := w.server(t)
			r.check(t, r.send(s))
			if !tt.sent {
				if w.changes() != 0 {
					t.Errorf("changed: %v", w.calls)
				}
				return
			}
			r.send(s)
			first, second := w.messages[0].(message.Command), w.messages[1].(message.Command)
			want := message.HandOn{Colleague: per(), Generation: map[string]int{".1": 1, ".0": 0}[link]}
			if first.ID != second.ID || first.Kind != collaboration.CommandHandOn || first.By != "a-2" || first.Activation != id || *first.HandOn != want {
				t.Errorf("sent %+v of %+v, then %s", first, *first.HandOn, second.ID)
			}
		})
	}
}

// The mail to the colleague counts for the address. A retry counts once.
func TestHandOn_CountsMail(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Mails: 1})
		handOn := func(body string) int {
			id := w.with("c-platform", collaboration.AwaitingApproval)
			url := "/v1/invitations/" + string(id) + ".1/hand-on"
			post(url, "asa", body).send(s)
			return post(url, "asa", body).send(s).Code
		}
		if first, second, other := handOn(perJSON), handOn(perJSON), handOn(change(perJSON, "per@", "pia@")); first != 200 || second != 429 || other != 200 {
			t.Errorf("%d, then %d, to another %d", first, second, other)
		}
	})
}

func TestInvitationPage_HandsOn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	for n, path := range []string{"/approve/" + string(id) + ".1", "/my/invitations/" + string(id)} {
		v := as(t, s, asa)
		form := v.form(path)
		form.Set("outcome", "hand_on")
		got := v.send("POST", path, form) // without a colleague
		request{url: "/approve/", status: 422, content: []string{`href="#field-name"`, `href="#field-email"`, `href="#field-phone"`, `class="card decline" open`, `role="alert"`}}.check(t, got)
		form.Set("name", "Per Öberg")
		form.Set("phone", "070-123 45 67")
		form.Set("email", nils.Email)
		request{url: "/approve/", status: 422, content: []string{"Adressen tillhör en medarbetare på byrån", `value="Per Öberg"`}}.check(t, v.send("POST", path, form))
		if len(w.messages) != n {
			t.Fatalf("rejected, but %+v was sent", w.messages)
		}
		form.Set("email", "per@oberg.example")
		if got := v.send("POST", path, form); got.Code != 303 || got.Header().Get("Location") != path || v.pendingNotice() != path+" handed_on" {
			t.Fatalf("%d to %q\n%s", got.Code, got.Header().Get("Location"), got.Body)
		}
		c := w.messages[n].(message.Command)
		if c.By != "a-2" || c.HandOn == nil || c.HandOn.Colleague != per() || c.HandOn.Generation != 1 || c.ID == form.Get("nonce") {
			t.Errorf("sent %+v", c)
		}
		w.fail["hand_on"] = &collaboration.Error{Code: collaboration.CodeHandOnLimit}
		request{url: "/approve/", status: 409, content: []string{"så många gånger som det går", `role="alert"`}}.check(t, v.send("POST", path, form))
		w.messages, w.fail["hand_on"] = w.messages[:n+1], nil
	}
}

// The superseded link says that the invitation was handed on, and to which address.
func TestInvitationPage_SaysToWhom(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, func(a *collaboration.Activation) {
		a.Generation, a.InvitedID, a.InvitedName, a.InvitedEmail = 2, "a-per", "Per Öberg", "per@oberg.example"
	})
	w.handedOn(id, "1")
	s := w.server(t)
	link, mine := "/approve/"+string(id), "/my/invitations/"+string(id)
	v := as(t, s, asa)
	v.leave(link+".1", "handed_on")
	request{url: link, status: 410, content: []string{"Inbjudan är lämnad vidare till en kollega", "Inbjudan är på väg till kollegan", "p•••@•••", `href="` + mine + `"`}, notContent: []string{"Per Öberg", "Hittar du inte"}}.check(t, v.send("GET", link+".1", nil))
	v.leave(mine, "handed_on")
	request{url: mine, status: 200, content: []string{"Inbjudan är skickad till Per Öberg (per@oberg.example)", `name="outcome"`}}.check(t, v.send("GET", mine, nil))
	request{url: mine, status: 200, notContent: []string{"Inbjudan är skickad till"}}.check(t, v.send("GET", mine, nil))
	stranger := &visitor{h: s, lang: "en"}
	request{url: link, status: 410, content: []string{"The invitation was handed on to a colleague", "p•••@•••"}, notContent: []string{"Per Öberg", "per@", "Öbergs"}}.check(t, stranger.send("GET", link+".1", nil))
	// A later generation of another cause supersedes the link in the usual way.
	other := w.with("c-platform", collaboration.AwaitingApproval, func(a *collaboration.Activation) { a.Generation = 4 })
	w.handedOn(other, "1")
	request{url: link, status: 410, content: []string{"ersatts av en nyare inbjudan"}}.check(t, v.send("GET", "/approve/"+string(other)+".2", nil))
}

func TestActivationPage_NamesBothOfHandOn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.handedOn(id, "1")
	b := openBrowser(t, w.server(t), nils.Email)
	page := b.send(http.MethodGet, "/activations/"+string(id), nil)
	says(t, page, 200, "Lämnad vidare av kunden till Per Öberg", "Åsa Öberg", "Till Per Öberg.")
}

// An employee of the office cannot hand on by page, although the person is an administrator.
func TestDuties_EmployeeCannotHandOn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.administers("c-platform", nils.Email)
	w.administers("c-other", nils.Email)
	s := w.server(t)
	for _, path := range []string{"/approve/" + string(id) + ".1", "/my/invitations/" + string(id)} {
		b := openBrowser(t, s, nils.Email)
		form := url.Values{"token": {b.token()}, "outcome": {"hand_on"}, "nonce": {"n-1"}, "name": {"Per Öberg"}, "email": {"per@oberg.example"}, "phone": {"070-123 45 67"}}
		got := b.send(http.MethodPost, path, form)
		if got.Code != 403 || !strings.Contains(got.Body.String(), "Byrån och kunden måste företrädas av olika personer") || w.changes() != 0 {
			t.Errorf("%s: %d, %v", path, got.Code, w.calls)
		}
	}
}
