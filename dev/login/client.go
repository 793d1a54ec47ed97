package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// AccessToken requests an access token for an e-mail address from a running provider.
func AccessToken(ctx context.Context, issuer, email string) (string, error) {
	form := url.Values{"grant_type": {"password"}, "client_id": {ClientID}, "username": {email}, "password": {"any"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var body struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Token == "" {
		return "", fmt.Errorf("request an access token: %s %s", response.Status, body.Error)
	}
	return body.Token, nil
}
