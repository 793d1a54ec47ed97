package identity

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// maxKeys bounds what a provider's keys may take.
const maxKeys = 1 << 20

// Check finds the provider, which must be the issuer that we were told, and
// fetches its keys. It is how many there are.
func (p *Provider) Check(ctx context.Context) (keys int, err error) {
	d, err := p.discovered(ctx)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.keysAt, nil)
	if err != nil {
		return 0, unavailable("keys", err)
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return 0, unavailable("keys", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, unavailable("keys", errors.New(answer.Status))
	}
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxKeys)).Decode(&set); err != nil || len(set.Keys) == 0 {
		return 0, unavailable("keys", errors.New("there are none"))
	}
	return len(set.Keys), nil
}
