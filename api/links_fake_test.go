package api_test

import (
	"time"

	"countersign/collaboration"
	"countersign/internal/link"
)

// Verify accepts "<activation>.<generation>" as a valid link. The suffix ".late" makes it
// an expired one.
func (w *world) Verify(token, purpose string, _ time.Time) (link.Claims, error) {
	if purpose != "approve" || len(token) < 39 {
		return link.Claims{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid}
	}
	id, err := collaboration.ParseActivationID(token[:37])
	if err != nil {
		return link.Claims{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid}
	}
	claims := link.Claims{Activation: id, Generation: int(token[38] - '0'), Purpose: purpose, Expires: now.Add(time.Hour)}
	if token[39:] == ".late" {
		return claims, &collaboration.Error{Code: collaboration.CodeLinkExpired}
	}
	return claims, nil
}
