package inbox

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

//go:embed pages.html
var source string

var pages = template.Must(template.New("inbox").Funcs(template.FuncMap{
	"local": func(t time.Time) string { return t.In(collaboration.Stockholm).Format("2006-01-02 15:04:05") },
	"parts": splitLinks,
	"path":  url.PathEscape,
}).Parse(source))

// Handler serves the inbox without access control, for development only. Mount it with
// http.StripPrefix under a path that ends in a slash; its links are relative.
//
//	GET /                    the list
//	GET /messages.json       the list, for scripts
//	GET /messages/{id}       one message
//	GET /messages/{id}/html  its HTML part alone, sandboxed
//	POST /messages/{id}/{event}  sends a provider's event: delivered or bounce
//
// sendEvent receives the events; it may be nil.
func (f *Folder) Handler(sendEvent func(deliveryID, event string) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", f.serveList)
	mux.HandleFunc("GET /messages.json", f.serveJSON)
	mux.HandleFunc("GET /messages/{id}", f.serveMessage)
	mux.HandleFunc("GET /messages/{id}/html", f.serveHTML)
	mux.HandleFunc("POST /messages/{id}/{event}", func(w http.ResponseWriter, r *http.Request) { f.serveEvent(w, r, sendEvent) })
	return mux
}

// serveEvent sends an event as a mail provider would. It rejects forms of other sites.
func (f *Folder) serveEvent(w http.ResponseWriter, r *http.Request, sendEvent func(deliveryID, event string) error) {
	s, ok := f.find(w, r)
	event := r.PathValue("event")
	switch {
	case !ok:
	case sendEvent == nil || event != "delivered" && event != "bounce":
		http.Error(w, "Unknown event.", http.StatusNotFound)
	case r.Header.Get("Sec-Fetch-Site") == "cross-site":
		http.Error(w, "Cross-site requests are not allowed.", http.StatusForbidden)
	default:
		if err := sendEvent(s.ID, event); err != nil {
			http.Error(w, "The event could not be sent: "+err.Error(), http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, "../"+url.PathEscape(s.ID), http.StatusSeeOther)
	}
}

func (f *Folder) serveList(w http.ResponseWriter, _ *http.Request) {
	all, err := f.List()
	if err != nil {
		http.Error(w, "The inbox cannot be read.", http.StatusInternalServerError)
		return
	}
	renderPage(w, "list", all)
}

func (f *Folder) serveMessage(w http.ResponseWriter, r *http.Request) {
	if s, ok := f.find(w, r); ok {
		renderPage(w, "message", s)
	}
}

func (f *Folder) serveJSON(w http.ResponseWriter, _ *http.Request) {
	all, err := f.List()
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

// serveHTML sandboxes the mail: it may only open links in new tabs, in every frame.
func (f *Folder) serveHTML(w http.ResponseWriter, r *http.Request) {
	s, ok := f.find(w, r)
	if !ok {
		return
	}
	setHeaders(w, "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	w.Write([]byte(strings.Replace(s.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

func (f *Folder) find(w http.ResponseWriter, r *http.Request) (Message, bool) {
	s, err := f.Get(r.PathValue("id"))
	switch {
	case collaboration.CodeOf(err) == collaboration.CodeNotFound:
		http.Error(w, "There is no such message.", http.StatusNotFound)
	case err != nil:
		http.Error(w, "The message cannot be read.", http.StatusInternalServerError)
	}
	return s, err == nil
}

func renderPage(w http.ResponseWriter, page string, data any) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, page, data); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	setHeaders(w, "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'")
	w.Write(out.Bytes())
}

func setHeaders(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// part is a part of a text, which may be a link.
type part struct {
	Text string
	Link bool
}

// splitLinks splits a text at its links, so that a page can make them clickable.
func splitLinks(m Message) []part {
	var parts []part
	rest := m.Text
	for _, link := range m.Links() {
		before, after, _ := strings.Cut(rest, link)
		parts = append(parts, part{Text: before}, part{Text: link, Link: true})
		rest = after
	}
	return append(parts, part{Text: rest})
}
