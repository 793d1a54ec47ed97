package identity

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// maxKeySetSize bounds the key set, in bytes.
const maxKeySetSize = 1 << 20

// keySetTransport removes the keys that this program does not understand from the key sets
// that it fetches, as RFC 7517, section 5, asks. One such key would otherwise fail every
// login.
type keySetTransport struct{ http.RoundTripper }

func (t keySetTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(r)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetSize))
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	if set, err := usableKeys(raw); err == nil {
		if raw, err = json.Marshal(set); err != nil {
			return nil, err
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return response, nil
}

// usableKeys returns the keys of a key set that this program understands.
func usableKeys(raw []byte) (jose.JSONWebKeySet, error) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	if err := json.Unmarshal(raw, &all); err != nil {
		return set, err
	}
	for _, each := range all.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(each, &key) == nil && key.Valid() && key.IsPublic() {
			set.Keys = append(set.Keys, key)
		}
	}
	return set, nil
}
