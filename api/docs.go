package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"sync"

	"countersign/api/problem"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// documentation serves the OpenAPI description and Swagger UI. Both are embedded in
// this program, so that /docs needs no other server.
func (s *Server) documentation() {
	s.engine.GET("/openapi.json", serve("application/openapi+json", s.OpenAPI))
	s.engine.GET("/openapi.yaml", serve("application/openapi+yaml", s.api.OpenAPI().YAML))
	reader := v5emb.NewHandlerWithConfig(swgui.Config{Title: "Countersign", SwaggerJSON: "/openapi.json", BasePath: "/docs",
		SettingsUI: map[string]string{"docExpansion": `"list"`, "defaultModelsExpandDepth": "0", "persistAuthorization": "false"}})
	policy := sync.OnceValue(func() string { return docsPolicy(reader) })
	show := func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy())
		reader.ServeHTTP(c.Writer, c.Request)
	}
	s.engine.GET("/docs", show)
	s.engine.GET("/docs/*file", show)
}

// OpenAPI returns the description in the format of the committed openapi.json.
func (s *Server) OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, raw, "", "  ")
	return append(indented.Bytes(), '\n'), err
}

// serve renders the description on the first request and caches it: it does not change
// after the start.
func serve(contentType string, write func() ([]byte, error)) gin.HandlerFunc {
	once := sync.OnceValues(write)
	return func(c *gin.Context) {
		body, err := once()
		if err != nil {
			problem.Write(c.Writer, c.Request, err)
			return
		}
		c.Header("Cache-Control", "no-cache")
		c.Data(http.StatusOK, contentType, body)
	}
}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// docsPolicy allows only the scripts of the documentation page, by hash. Inline styles
// are allowed because Swagger UI sets them at run time.
func docsPolicy(page http.Handler) string {
	w := &kept{header: http.Header{}}
	r, err := http.NewRequest(http.MethodGet, "/docs", nil)
	if err != nil {
		panic(err) // the URL is a constant
	}
	page.ServeHTTP(w, r)
	scripts := "'self'"
	for _, script := range inlineScript.FindAllSubmatch(w.body.Bytes(), -1) {
		sum := sha256.Sum256(script[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// kept is an in-memory http.ResponseWriter.
type kept struct {
	header http.Header
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(int)             {}
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
