package identity

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Check performs the discovery, which must have the configured issuer, fetches the
// provider's keys, and returns the number of those that logins can use.
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
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetSize))
	if err != nil {
		return 0, unavailable("keys", err)
	}
	set, err := usableKeys(raw)
	if err != nil || len(set.Keys) == 0 {
		return 0, unavailable("keys", errors.New("no valid key set"))
	}
	return len(set.Keys), nil
}
