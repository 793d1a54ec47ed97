package codecserver

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
	common "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
)

// Codec decrypts payloads of histories. It returns a payload that is not encrypted
// unchanged, and fails for one that it cannot decrypt. It encrypts the payloads that
// operators send.
type Codec interface {
	Decode(payloads []*common.Payload) ([]*common.Payload, error)
	Encode(payloads []*common.Payload) ([]*common.Payload, error)
}

// Config is what the codec server needs.
type Config struct {
	Codec Codec
	// Bearer returns the principal of an Authorization header.
	Bearer func(ctx context.Context, header string) (collaboration.Person, error)
	// Session returns the principal of the session cookie; nil without a login. It
	// must not extend the session.
	Session func(*http.Request) (*collaboration.Person, error)
	// Origins are the exact origins of the Web UIs that may call.
	Origins []string
	Access  request.AccessTable
	Log     *slog.Logger
	// LogKey is the key of the operators' digests in the log.
	LogKey []byte
}

// Handler serves the remote codec.
type Handler struct {
	config Config
	cors   *cors.Cors
}

// New returns the codec server.
func New(c Config) *Handler {
	return &Handler{config: c, cors: cors.New(cors.Options{
		AllowOriginFunc:      func(origin string) bool { return slices.Contains(c.Origins, origin) },
		AllowedMethods:       []string{http.MethodPost},
		AllowedHeaders:       []string{"Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"},
		AllowCredentials:     true,
		MaxAge:               int((10 * time.Minute).Seconds()),
		OptionsSuccessStatus: http.StatusNoContent,
	})}
}

// Mount registers the routes.
func (h *Handler) Mount(r gin.IRoutes) {
	for path, convert := range map[string]converter{"/codec/decode": h.decodeAll, "/codec/encode": h.encodeAll} {
		h.config.Access.Set(http.MethodPost, path, request.AccessOperator)
		r.OPTIONS(path, h.checkOrigin)
		r.POST(path, h.checkOrigin, h.serve(convert))
	}
}

// converter converts payloads in place.
type converter func([]*common.Payload) (result, error)

// checkOrigin handles CORS and rejects pages of other origins before the handler
// runs: a browser sends the session cookie even if the page cannot read the response.
func (h *Handler) checkOrigin(c *gin.Context) {
	h.cors.HandlerFunc(c.Writer, c.Request)
	if c.GetHeader("Origin") != "" && !h.cors.OriginAllowed(c.Request) {
		c.Abort()
		problem.Write(c.Writer, c.Request, &collaboration.Error{Code: collaboration.CodeForbidden})
	}
}

func (h *Handler) serve(convert converter) gin.HandlerFunc {
	return func(c *gin.Context) {
		body, err := h.convert(c, convert)
		if err != nil {
			problem.Write(c.Writer, c.Request, err)
			return
		}
		c.Data(http.StatusOK, "application/json", body)
	}
}

func (h *Handler) convert(c *gin.Context, convert converter) ([]byte, error) {
	operator, err := h.authenticate(c.Request)
	if err != nil {
		return nil, err
	}
	if err := request.AccessOperator.Authorize(operator, c.Request.Method); err != nil {
		return nil, err
	}
	payloads, err := readPayloads(c)
	if err != nil {
		return nil, err
	}
	result, err := convert(payloads.Payloads)
	if err != nil {
		return nil, err
	}
	result.log(h.config.Log, request.Digest(h.config.LogKey, operator.Email), request.From(c.Request.Context()).ID)
	return protojson.Marshal(payloads)
}

// authenticate returns the principal; nil without one. The session counts only for a
// page of a Web UI, which sends Origin. Temporal's command line sends a token.
func (h *Handler) authenticate(r *http.Request) (*collaboration.Person, error) {
	if token := r.Header.Get("Authorization"); token != "" {
		person, err := h.config.Bearer(r.Context(), token)
		return &person, err
	}
	if r.Header.Get("Origin") == "" {
		return nil, nil
	}
	return h.config.Session(r)
}
