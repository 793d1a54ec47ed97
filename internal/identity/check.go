package identity

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// maxKeySetSize bounds the key set, in bytes.
const maxKeySetSize = 1 << 20

// Check performs the discovery, which must have the configured issuer, fetches the
// provider's keys, and returns their number.
func (p *Provider) Check(ctx context.Context) (keys int, err error) {
	d, err := p.discovery(ctx)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.keysURL, nil)
	if err != nil {
		return 0, unavailable("keys", err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, unavailable("keys", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, unavailable("keys", errors.New(response.Status))
	}
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(response.Body, maxKeySetSize)).Decode(&set); err != nil || len(set.Keys) == 0 {
		return 0, unavailable("keys", errors.New("no valid key set"))
	}
	return len(set.Keys), nil
}
