package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"countersign/api/problem"
)

// documentation serves the OpenAPI description and Swagger UI. Both are embedded in
// this program, so that /docs needs no other server.
func (a *API) documentation(engine *gin.Engine) {
	engine.GET("/openapi.json", serve("application/openapi+json", a.OpenAPI))
	engine.GET("/openapi.yaml", serve("application/openapi+yaml", a.api.OpenAPI().YAML))
	reader := v5emb.NewHandlerWithConfig(swgui.Config{Title: "Countersign", SwaggerJSON: "/openapi.json", BasePath: "/docs",
		SettingsUI: map[string]string{"docExpansion": `"list"`, "defaultModelsExpandDepth": "0", "persistAuthorization": "false"}})
	policy := sync.OnceValue(func() string { return docsPolicy(reader) })
	show := func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy())
		reader.ServeHTTP(c.Writer, c.Request)
	}
	engine.GET("/docs", show)
	engine.GET("/docs/*file", show)
}

// OpenAPI returns the description in the format of the committed openapi.json.
func (a *API) OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(a.api.OpenAPI())
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
	w := &recorder{header: http.Header{}}
	req, err := http.NewRequest(http.MethodGet, "/docs", nil)
	if err != nil {
		panic(err) // the URL is a constant
	}
	page.ServeHTTP(w, req)
	scripts := "'self'"
	for _, script := range inlineScript.FindAllSubmatch(w.body.Bytes(), -1) {
		sum := sha256.Sum256(script[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// recorder is an in-memory http.ResponseWriter.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(int)             {}
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
