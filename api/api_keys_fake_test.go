package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
)

// apiKeys fakes the API keys of the world's offices.
type apiKeys struct{ *facts }

func (k apiKeys) Add(_ context.Context, by collaboration.Employee, n apikey.New, _ string) (apikey.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.called("AddAPIKey"); err != nil {
		return apikey.Key{}, err
	}
	added := apikey.Key{ID: fmt.Sprintf("key-%d", len(k.apiKeys)+1), OfficeID: by.OfficeID, Name: n.Name, Scope: n.Scope, CreatedBy: by.ID, CreatedByName: by.Name,
		CreatedAt: now, ExpiresAt: n.ExpiresAt}
	k.world.apiKeys = append(k.world.apiKeys, added)
	return added, nil
}

func (k apiKeys) List(_ context.Context, officeID string) (all []apikey.Key, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, each := range k.apiKeys {
		if each.OfficeID == officeID {
			all = append(all, each)
		}
	}
	return all, k.called("APIKeys")
}

func (k apiKeys) Revoke(_ context.Context, by collaboration.Employee, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.apiKeys, func(each apikey.Key) bool { return each.ID == id && each.OfficeID == by.OfficeID })
	if at < 0 {
		return &collaboration.Error{Code: collaboration.CodeAPIKeyNotFound}
	}
	if err := k.called("RevokeAPIKey"); err != nil {
		return err
	}
	k.apiKeys[at].RevokedAt = now
	return nil
}

// program returns the program of office-1 with the token "<scope>-token", until a test
// revokes it by its scope.
func (w *world) program(token string) (p collaboration.Person, known bool, err error) {
	scope := collaboration.Scope(strings.TrimSuffix(token, "-token"))
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !scope.Valid():
		return p, false, nil
	case w.left == string(scope):
		return p, true, &collaboration.Error{Code: collaboration.CodeTokenRevoked}
	}
	return collaboration.Person{Name: "Practice system", Scope: scope,
		Employee: &collaboration.Employee{ID: "key-" + string(scope), OfficeID: "office-1", Name: "Practice system", Role: scope.Role()}}, true, nil
}
