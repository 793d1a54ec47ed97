package platform

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/collaboration"
)

// Port is what a platform can do.
type Port interface {
	Activate(context.Context, collaboration.PlatformActivation) error
	Grant(context.Context, collaboration.PlatformGrant) error
	Revoke(context.Context, collaboration.PlatformRevocation) error
	End(context.Context, collaboration.PlatformEnd) error
	Status(context.Context, collaboration.PlatformSubject) (collaboration.PlatformStatus, error)
}

const maxBody = 64 << 10

// Handler serves a platform as docs/platform.md says.
func Handler(p Port) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /activate", serve(p.Activate))
	mux.HandleFunc("POST /grant", serve(p.Grant))
	mux.HandleFunc("POST /revoke", serve(p.Revoke))
	mux.HandleFunc("POST /end", serve(p.End))
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		status, err := p.Status(r.Context(), collaboration.PlatformSubject{
			Activation: collaboration.ActivationID(q.Get("activation")), CustomerID: q.Get("customer_id"), SolutionID: q.Get("solution_id"),
		})
		answer(w, status, err)
	})
	return mux
}

func serve[I any](do func(context.Context, I) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in I
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
			http.Error(w, "not what was agreed", http.StatusBadRequest)
			return
		}
		answer(w, struct{}{}, do(r.Context(), in))
	}
}

func answer(w http.ResponseWriter, out any, err error) {
	if err != nil {
		http.Error(w, string(collaboration.CodeOf(err)), collaboration.CodeOf(err).Status())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // whoever asked is gone
}
