package identity

// Identity is a user as the provider describes it.
type Identity struct {
	Subject string
	// Email is in lower case, and verified by the provider.
	Email string
	// Name is the e-mail address if the provider has no name.
	Name string
	// IDToken is needed for the logout at the provider.
	IDToken string
}

// Attempt is the state of a login, stored until the user returns from the provider.
type Attempt struct{ State, Nonce, Verifier string }
