package mail

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/collaboration"
)

//go:embed templates/inbox.html
var inboxSource string

var inboxPages = template.Must(template.New("inbox").Funcs(template.FuncMap{
	"local": func(t time.Time) string { return t.In(collaboration.Stockholm).Format("2006-01-02 15:04:05") },
	"parts": splitLinks,
	"path":  url.PathEscape,
}).Parse(inboxSource))

// Handler serves the inbox, for development only: it shows every mail to
// anyone. It is mounted under a path that ends in a slash, with
// http.StripPrefix; its own links are relative.
//
//	GET /                    the list
//	GET /messages.json       the list, for scripts
//	GET /messages/{id}       one message
//	GET /messages/{id}/html  its HTML part alone, sandboxed
//	POST /messages/{id}/{event}  what a mail provider would say: delivered or bounce
//
// tell passes that on; nil where nobody listens.
func (b *Inbox) Handler(tell func(deliveryID, event string) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.serveList)
	mux.HandleFunc("GET /messages.json", b.serveJSON)
	mux.HandleFunc("GET /messages/{id}", b.serveMessage)
	mux.HandleFunc("GET /messages/{id}/html", b.serveHTML)
	mux.HandleFunc("POST /messages/{id}/{event}", func(w http.ResponseWriter, r *http.Request) { b.tell(w, r, tell) })
	return mux
}

// tell says of a mail what a provider would. A page of another site cannot: the
// browser says where the form came from.
func (b *Inbox) tell(w http.ResponseWriter, r *http.Request, tell func(deliveryID, event string) error) {
	s, ok := b.find(w, r)
	event := r.PathValue("event")
	switch {
	case !ok:
	case tell == nil || event != "delivered" && event != "bounce":
		http.Error(w, "Nobody listens to that.", http.StatusNotFound)
	case r.Header.Get("Sec-Fetch-Site") == "cross-site":
		http.Error(w, "Not from another site.", http.StatusForbidden)
	default:
		if err := tell(s.ID, event); err != nil {
			http.Error(w, "It could not be passed on: "+err.Error(), http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, "../"+url.PathEscape(s.ID), http.StatusSeeOther)
	}
}

func (b *Inbox) serveList(w http.ResponseWriter, _ *http.Request) {
	all, err := b.List()
	if err != nil {
		http.Error(w, "The inbox cannot be read.", http.StatusInternalServerError)
		return
	}
	render(w, "list", all)
}

func (b *Inbox) serveMessage(w http.ResponseWriter, r *http.Request) {
	if s, ok := b.find(w, r); ok {
		render(w, "message", s)
	}
}

func (b *Inbox) serveJSON(w http.ResponseWriter, _ *http.Request) {
	all, err := b.List()
	if err != nil {
		http.Error(w, "The inbox cannot be read.", http.StatusInternalServerError)
		return
	}
	type entry struct {
		ID      string    `json:"id"`
		To      string    `json:"to"`
		Subject string    `json:"subject"`
		At      time.Time `json:"at"`
		Links   []string  `json:"links"`
	}
	entries := make([]entry, len(all))
	for i, s := range all {
		entries[i] = entry{s.ID, s.To, s.Subject, s.At, append([]string{}, s.Links()...)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(entries)
}

// serveHTML lets the mail do nothing but open links in new tabs, whoever
// frames it.
func (b *Inbox) serveHTML(w http.ResponseWriter, r *http.Request) {
	s, ok := b.find(w, r)
	if !ok {
		return
	}
	secure(w, "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	w.Write([]byte(strings.Replace(s.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

func (b *Inbox) find(w http.ResponseWriter, r *http.Request) (Stored, bool) {
	s, err := b.Get(r.PathValue("id"))
	switch {
	case collaboration.CodeOf(err) == collaboration.CodeNotFound:
		http.Error(w, "There is no such message.", http.StatusNotFound)
	case err != nil:
		http.Error(w, "The message cannot be read.", http.StatusInternalServerError)
	}
	return s, err == nil
}

func render(w http.ResponseWriter, page string, data any) {
	var out bytes.Buffer
	if err := inboxPages.ExecuteTemplate(&out, page, data); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	secure(w, "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'")
	w.Write(out.Bytes())
}

func secure(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// part is a piece of text, which may be a link.
type part struct {
	Text string
	Link bool
}

// splitLinks cuts a text so that a page can make its links clickable.
func splitLinks(s Stored) []part {
	var parts []part
	rest := s.Text
	for _, link := range s.Links() {
		before, after, _ := strings.Cut(rest, link)
		parts = append(parts, part{Text: before}, part{Text: link, Link: true})
		rest = after
	}
	return append(parts, part{Text: rest})
}
