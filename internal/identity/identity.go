package identity

import "countersign/collaboration"

// Identity is a user as the provider describes it.
type Identity struct {
	Issuer  string
	Subject string
	// Email is in lower case, and verified by the provider.
	Email string
	// Name is the e-mail address if the provider has no name.
	Name string
	// ACR and AMR are the strength of the login; empty if the provider does not say it.
	ACR string
	AMR []string
	// IDToken is needed for the logout at the provider.
	IDToken string
}

// Login returns the identity as the evidence of a decision records it.
func (i Identity) Login() collaboration.Login {
	return collaboration.Login{Issuer: i.Issuer, Subject: i.Subject, Email: i.Email, ACR: i.ACR, AMR: i.AMR}
}

// Attempt is the state of a login, stored until the user returns from the provider.
type Attempt struct{ State, Nonce, Verifier string }
