package api

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
	common "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"countersign/collaboration"
)

// maxPayloads bounds one post of payloads, in bytes: a page of history, which the
// engine holds to 4 MB, takes a third more in base64.
const maxPayloads = 8 << 20

// sealedEncoding is what a payload that is encrypted says of itself.
const sealedEncoding = "binary/encrypted"

// codec is the codec server of the engine's Web UI and command line: it opens
// what histories hold sealed. It seals nothing.
func (s *Server) codec() {
	const path = "/codec/decode"
	s.audiences[http.MethodPost+" "+path] = operators
	s.engine.OPTIONS(path, s.fromWebUI)
	s.engine.POST(path, s.fromWebUI, s.decode)
}

// corsFor lets pages of these origins, and no others, send what the Web UI sends
// and read the answer.
func corsFor(origins []string) *cors.Cors {
	return cors.New(cors.Options{
		AllowOriginFunc:      func(origin string) bool { return slices.Contains(origins, origin) },
		AllowedMethods:       []string{http.MethodPost},
		AllowedHeaders:       []string{"Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"},
		AllowCredentials:     true,
		MaxAge:               int((10 * time.Minute).Seconds()),
		OptionsSuccessStatus: http.StatusNoContent,
	})
}

// fromWebUI refuses pages of other origins outright: the browser would send
// somebody's session along, wherever the answer may be read.
func (s *Server) fromWebUI(c *gin.Context) {
	s.webUIs.HandlerFunc(c.Writer, c.Request)
	if c.GetHeader("Origin") != "" && !s.webUIs.OriginAllowed(c.Request) {
		c.Abort()
		writeProblem(c, &collaboration.Error{Code: collaboration.CodeForbidden})
	}
}

func (s *Server) decode(c *gin.Context) {
	body, err := s.decoded(c)
	if err != nil {
		writeProblem(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json", body)
}

func (s *Server) decoded(c *gin.Context) ([]byte, error) {
	operator, err := s.reader(c.Request)
	if err != nil {
		return nil, err
	}
	if code := operators.refuses(operator); code != "" {
		return nil, &collaboration.Error{Code: code}
	}
	payloads, err := readPayloads(c)
	if err != nil {
		return nil, err
	}
	o, err := s.open(payloads.Payloads)
	if err != nil {
		return nil, err
	}
	o.log(s.Log, operator, requestOf(c.Request.Context()).id)
	return protojson.Marshal(payloads)
}

// reader is who asks; nil for nobody. A session counts where a Web UI's page
// asks, and a token always, for the engine's command line has nothing else.
func (s *Server) reader(r *http.Request) (*collaboration.Person, error) {
	if token := r.Header.Get("Authorization"); token != "" {
		person, err := s.bearer(r.Context(), token)
		return &person, err
	}
	if r.Header.Get("Origin") == "" {
		return nil, nil
	}
	return s.look(r)
}

func readPayloads(c *gin.Context) (*common.Payloads, error) {
	if !isType(c.GetHeader("Content-Type"), "application/json") {
		return nil, &collaboration.Error{Code: collaboration.CodeUnsupportedMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxPayloads))
	if err != nil {
		return nil, unreadable(err)
	}
	var payloads common.Payloads
	if err := protojson.Unmarshal(body, &payloads); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not payloads") // its words may quote them
	}
	return &payloads, nil
}

// opening is what became of some payloads: those that are still sealed have no
// key any more, or none here, or could not be opened with it.
type opening struct {
	payloads, sealed int
	failed           error
}

// open opens what can be opened, in place: one customer's key that is gone
// leaves everybody else's payloads readable.
func (s *Server) open(payloads []*common.Payload) (opening, error) {
	o := opening{payloads: len(payloads)}
	for i, p := range payloads {
		opened, err := s.Codec.Decode([]*common.Payload{p})
		if err != nil && inCatalogue(err).Code == collaboration.CodeUnavailable {
			return o, err
		}
		if err == nil && len(opened) == 1 {
			payloads[i] = opened[0]
		} else {
			o.failed = err
		}
		if string(payloads[i].Metadata["encoding"]) == sealedEncoding {
			o.sealed++
		}
	}
	return o, nil
}

func (o opening) log(l *slog.Logger, operator *collaboration.Person, request string) {
	attrs := []any{"operator", pseudonym(operator.Email), "payloads", o.payloads, "still_sealed", o.sealed, "request_id", request}
	if o.failed != nil {
		l.Warn("decoded", append(attrs, "error", o.failed.Error())...)
		return
	}
	l.Info("decoded", attrs...)
}

// pseudonym names somebody in the log: who has the list of operators can tell
// which of them it was.
func pseudonym(email string) string {
	sum := sha256.Sum256([]byte(email))
	return hex.EncodeToString(sum[:6])
}
