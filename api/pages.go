package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"os"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// pagePolicy lets a page load our stylesheet and post to us, nothing else.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// pages are the templates, each with the layout.
type pages map[string]*template.Template

func loadPages() pages {
	p := pages{}
	funcs := template.FuncMap{"t": text, "stylesheet": func() string { return stylesheet }}
	for _, name := range []string{"invitation.html", "collaboration.html", "trouble.html", "index.html"} {
		p[name] = template.Must(template.New("layout.html").Funcs(funcs).ParseFS(web, "web/templates/layout.html", "web/templates/"+name))
	}
	return p
}

// stylesheet carries its own hash, so that a new one is fetched at once.
var stylesheet = func() string {
	css, err := web.ReadFile("web/assets/countersign.css")
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(css)
	return "/assets/countersign.css?v=" + hex.EncodeToString(sum[:6])
}()

// base is what every page has.
type base struct {
	Locale collaboration.Locale
	Title  string
}

// Other is the language to switch to.
func (b base) Other() collaboration.Locale {
	if b.Locale == collaboration.Swedish {
		return collaboration.English
	}
	return collaboration.Swedish
}

type troublePage struct {
	base
	What     string
	Instance string
}

func (p pages) write(c *gin.Context, status int, name string, data any) {
	var page bytes.Buffer
	if err := p[name].Execute(&page, data); err != nil {
		panic(err) // a template's mistake
	}
	c.Header("Content-Security-Policy", pagePolicy)
	c.Data(status, "text/html; charset=utf-8", page.Bytes())
}

// index says what this is.
func (s *Server) index(c *gin.Context) {
	l := pageLocale(c, "")
	s.pages.write(c, http.StatusOK, "index.html", base{Locale: l, Title: "Countersign"})
}

func (s *Server) healthy(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// ready says no once the server is about to stop, or cannot reach what it
// needs.
func (s *Server) ready(c *gin.Context) {
	select {
	case <-s.draining:
		c.String(http.StatusServiceUnavailable, "stopping\n")
		return
	default:
	}
	ctx, cancel := s.reading(c.Request.Context())
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		requestOf(ctx).cause = err
		c.String(http.StatusServiceUnavailable, "unavailable\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}

func fails(err error) gin.HandlerFunc { return func(c *gin.Context) { writeProblem(c, err) } }

// fileSystem serves files, and lists no directories.
type fileSystem struct{ http.FileSystem }

func (f fileSystem) Open(name string) (http.File, error) {
	if strings.HasSuffix(name, "/") {
		return nil, os.ErrNotExist
	}
	return f.FileSystem.Open(name)
}
