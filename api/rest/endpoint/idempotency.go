package endpoint

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// IdempotencyKey is the header of a request with a use case that handles the key: its command
// gets the same ID in a repeat. Register adds the header to every other POST.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"A unique key for this request, up to 255 printable characters. It is valid for 24 hours." example:"5f1c7e0a-9d0b-4c38-8a34-1f0e6d2b7c11"`
}

func (IdempotencyKey) handlesKey() {}

// IdempotencyText describes the effect of the header.
const IdempotencyText = " With an Idempotency-Key, a retry gets the same response and has no further effect."

// handlesKey reports whether the use case of an input handles the key.
func handlesKey[I any]() bool {
	_, ok := any(*new(I)).(interface{ handlesKey() })
	return ok
}

// Responses runs a request once for an idempotency key, and returns its response. A repeat
// returns the first response.
type Responses interface {
	Once(ctx context.Context, officeID, key, fingerprint string, run func(context.Context) ([]byte, error)) ([]byte, error)
}

const keyHeader = "Idempotency-Key"

// withKey adds the effect of the header to the description.
func (op Operation) withKey() Operation {
	op.Text += IdempotencyText
	op.Codes = append(op.Codes[:len(op.Codes):len(op.Codes)], collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused)
	return op
}

// keyParameter describes the header.
func keyParameter(registry huma.Registry) *huma.Param {
	field, _ := reflect.TypeFor[IdempotencyKey]().FieldByName("Key")
	return &huma.Param{Name: keyHeader, In: "header", Description: field.Tag.Get("doc"), Example: field.Tag.Get("example"),
		Schema: huma.SchemaFromField(registry, field, "")}
}

type keyOfRequest struct{}

// keepKey keeps the header's value for withStoredResponse.
func keepKey(ctx huma.Context, next func(huma.Context)) {
	next(huma.WithValue(ctx, keyOfRequest{}, ctx.Header(keyHeader)))
}

// withStoredResponse returns the first response to a repeat of a request with the same
// key by the same person. Both responses are decoded from the same bytes.
func (h Handler[I, O]) withStoredResponse(operation string, responses Responses) Handler[I, O] {
	return func(ctx context.Context, in *I) (*O, error) {
		key, _ := ctx.Value(keyOfRequest{}).(string)
		if key == "" {
			return h(ctx, in)
		}
		e := request.Employee(ctx)
		stored, err := responses.Once(ctx, e.OfficeID, key, message.Fingerprint(operation, e.ID, in), func(ctx context.Context) ([]byte, error) {
			out, err := h(ctx, in)
			if err != nil {
				return nil, err
			}
			return json.Marshal(out)
		})
		if err != nil {
			return nil, err
		}
		var out *O
		return out, json.Unmarshal(stored, &out)
	}
}
