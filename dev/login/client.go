package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// AccessToken asks a running provider for somebody's access token.
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
	var says struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&says); err != nil || says.Token == "" {
		return "", fmt.Errorf("the provider gives no token: %s %s", response.Status, says.Error)
	}
	return says.Token, nil
}
