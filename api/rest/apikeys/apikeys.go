// Package apikeys has the JSON handlers of an office's API keys.
package apikeys

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/internal/app/apikeys"
)

// Tag groups the operations in the description.
const Tag = "API keys"

type handlers struct {
	keys    *apikeys.Keys
	schemas huma.Registry
}

// Mount registers the operations.
func Mount(r endpoint.Groups, keys *apikeys.Keys, schemas huma.Registry) {
	h := handlers{keys, schemas}
	endpoint.Get(r.ManagersInPerson, "/v1/api-keys", opList, h.list)
	endpoint.Post(r.ManagersInPerson, "/v1/api-keys", opAdd, h.add)
	endpoint.Register(r.ManagersInPerson, http.MethodDelete, "/v1/api-keys/{id}", opRevoke, h.revoke)
}

// APIKeyView is an API key without its secret.
type APIKeyView struct {
	ID         string    `json:"id" example:"key-5q3zc2uy6k" doc:"The actor of the key's requests in the audit."`
	Name       string    `json:"name" example:"Practice system"`
	Scope      string    `json:"scope" enum:"read,write,manage"`
	Status     string    `json:"status" enum:"active,expired,revoked"`
	CreatedBy  string    `json:"created_by" example:"emp-maja"`
	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero" doc:"Absent if the key does not expire."`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
	LastUsedAt time.Time `json:"last_used_at,omitzero" doc:"Up to a minute old. Absent if the key was never used."`
}

// NewAPIKeyView is a new API key, with its secret.
type NewAPIKeyView struct {
	APIKeyView
	Secret string `json:"secret" example:"csk_…" doc:"The bearer token. It is returned only once."`
}

// APIKeyRequest describes a new API key.
type APIKeyRequest struct {
	Name      string    `json:"name" example:"Practice system" doc:"Names the program in lists and in the audit. No other active key has it."`
	Scope     string    `json:"scope" enum:"read,write,manage" doc:"read: GET, as an employee. write: all that an employee may do. manage: all that a manager may do, except with API keys."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"The key is refused from this time on; without it until it is revoked."`
}

func (h handlers) view(k apikey.Key) APIKeyView {
	return APIKeyView{k.ID, k.Name, string(k.Scope), string(h.keys.Status(k)), k.CreatedBy, k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt}
}

const inPerson = " Managers only, not with an API key."

var opList = endpoint.Operation{ID: "list-api-keys", Tag: Tag, Summary: "List API keys", Text: "All keys of the office, the newest first." + inPerson}

func (h handlers) list(ctx context.Context, _ *struct{}) (*endpoint.Response[endpoint.ListView[APIKeyView]], error) {
	all, err := h.keys.List(ctx, request.Employee(ctx))
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(endpoint.List(all, "", h.view)), nil
}

type addInput struct {
	RawBody []byte `contentType:"application/json"`
}

var opAdd = endpoint.Operation{ID: "add-api-key", Tag: Tag, Summary: "Create an API key", Status: http.StatusCreated,
	Text:     "Creates a key for a program. The secret in the response is the program's bearer token; it is returned only once." + inPerson,
	Consumes: "application/json", Body: APIKeyRequest{}, Example: map[string]any{"name": "Practice system", "scope": "write"},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeTooManyAPIKeys}}

func (h handlers) add(ctx context.Context, in *addInput) (*endpoint.Response[NewAPIKeyView], error) {
	body, invalid, err := endpoint.DecodeBody[APIKeyRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	added, err := h.keys.Add(ctx, request.Employee(ctx), apikey.New{Name: body.Name, Scope: collaboration.Scope(body.Scope), ExpiresAt: body.ExpiresAt}, invalid)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(NewAPIKeyView{h.view(added.Key), added.Secret}), nil
}

// KeyInput names an API key.
type KeyInput struct {
	ID string `path:"id" doc:"The API key."`
}

var opRevoke = endpoint.Operation{ID: "revoke-api-key", Tag: Tag, Summary: "Revoke an API key", Status: http.StatusNoContent,
	Text:  "The key is refused at once, and its event streams end. A revoked key cannot be restored." + inPerson,
	Codes: []collaboration.Code{collaboration.CodeAPIKeyNotFound}}

func (h handlers) revoke(ctx context.Context, in *KeyInput) (*struct{}, error) {
	return nil, h.keys.Revoke(ctx, request.Employee(ctx), in.ID)
}
