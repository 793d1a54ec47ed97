package platformtest

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/collaboration"
	"countersign/collaboration/provisioning"
)

// Platform has the operations of docs/platform.md.
type Platform interface {
	Activate(context.Context, provisioning.Activation) error
	Grant(context.Context, provisioning.Grant) error
	Revoke(context.Context, provisioning.Revocation) error
	End(context.Context, provisioning.End) error
	Status(context.Context, provisioning.Subject) (provisioning.Status, error)
}

const maxBodySize = 64 << 10

// Handler serves a platform over HTTP.
func Handler(p Platform) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /activate", serve(p.Activate))
	mux.HandleFunc("POST /grant", serve(p.Grant))
	mux.HandleFunc("POST /revoke", serve(p.Revoke))
	mux.HandleFunc("POST /end", serve(p.End))
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		status, err := p.Status(r.Context(), provisioning.Subject{
			Activation: collaboration.ActivationID(q.Get("activation")), CustomerID: q.Get("customer_id"), SolutionID: q.Get("solution_id"),
		})
		respond(w, status, err)
	})
	return mux
}

func serve[Input any](do func(context.Context, Input) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in Input
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodySize)).Decode(&in); err != nil {
			http.Error(w, "invalid body", http.StatusBadRequest)
			return
		}
		respond(w, struct{}{}, do(r.Context(), in))
	}
}

func respond(w http.ResponseWriter, body any, err error) {
	if err != nil {
		http.Error(w, string(collaboration.CodeOf(err)), status(collaboration.CodeOf(err)))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // an error means that the client has disconnected
}

// status returns the HTTP status of a code: see docs/platform.md.
func status(c collaboration.Code) int {
	switch {
	case c == collaboration.CodeInternal:
		return http.StatusInternalServerError
	case c.Retryable():
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnprocessableEntity
	}
}
