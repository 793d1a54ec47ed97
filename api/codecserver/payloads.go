package codecserver

import (
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"
	common "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"countersign/api/problem"
	"countersign/collaboration"
)

// maxPayloads bounds a request body, in bytes: Temporal limits a page of history to
// 4 MB, and base64 adds a third.
const maxPayloads = 8 << 20

// encrypted is the encoding in the metadata of an encrypted payload.
const encrypted = "binary/encrypted"

func readPayloads(c *gin.Context) (*common.Payloads, error) {
	if mediaType, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || mediaType != "application/json" {
		return nil, &collaboration.Error{Code: collaboration.CodeUnsupportedMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxPayloads))
	if err != nil {
		return nil, problem.Unreadable(err)
	}
	var payloads common.Payloads
	if err := protojson.Unmarshal(body, &payloads); err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMalformedRequest, "not payloads") // err may quote them
	}
	return &payloads, nil
}

// result counts payloads. A payload stays encrypted if its key was erased, is unknown
// here, or does not decrypt it.
type result struct {
	event               string // decoded or encoded
	payloads, encrypted int
	err                 error
}

// encodeAll encrypts payloads in place, with the key that belongs to no customer.
func (h *Handler) encodeAll(payloads []*common.Payload) (result, error) {
	encoded, err := h.config.Codec.Encode(payloads)
	copy(payloads, encoded)
	return result{event: "encoded", payloads: len(payloads), encrypted: len(encoded)}, err
}

// decodeAll decrypts payloads in place, each by itself: the erased key of one customer
// leaves the payloads of others readable.
func (h *Handler) decodeAll(payloads []*common.Payload) (result, error) {
	result := result{event: "decoded", payloads: len(payloads)}
	for i, p := range payloads {
		decoded, err := h.config.Codec.Decode([]*common.Payload{p})
		if err != nil && problem.DomainError(err).Code == collaboration.CodeUnavailable {
			return result, err
		}
		if err == nil && len(decoded) == 1 {
			payloads[i] = decoded[0]
		} else {
			result.err = err
		}
		if string(payloads[i].Metadata["encoding"]) == encrypted {
			result.encrypted++
		}
	}
	return result, nil
}

func (r result) log(l *slog.Logger, operator, requestID string) {
	attrs := []any{"operator", operator, "payloads", r.payloads, "still_sealed", r.encrypted, "request_id", requestID}
	if r.err != nil {
		l.Warn(r.event, append(attrs, "error", r.err.Error())...)
		return
	}
	l.Info(r.event, attrs...)
}
