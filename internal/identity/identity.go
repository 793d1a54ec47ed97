package identity

// Identity is who the provider says somebody is.
type Identity struct {
	Subject string
	// Email is in lower case, and verified by the provider.
	Email string
	// Name is the address where the provider tells no name.
	Name string
	// IDToken is what the provider said, for logging out there.
	IDToken string
}

// Attempt is what is kept while somebody is away at the provider.
type Attempt struct{ State, Nonce, Verifier string }
