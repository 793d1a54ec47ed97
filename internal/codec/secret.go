package codec

import (
	"context"

	"countersign/collaboration"
)

// EncryptSecret encrypts a secret that the database stores, with the data key that
// subjects without a customer share. It returns the key's ID. The secret does not decrypt
// for another owner, such as another row.
func (c *Codec) EncryptSecret(ctx context.Context, owner, secret string) (keyID string, encrypted []byte, err error) {
	key, err := c.keyForSubject(ctx, subject{})
	if err != nil {
		return "", nil, err
	}
	return key.id, key.Seal(nil, nil, []byte(secret), key.secretData(owner)), nil
}

// DecryptSecret decrypts a secret of EncryptSecret.
func (c *Codec) DecryptSecret(ctx context.Context, owner, keyID string, encrypted []byte) (secret string, err error) {
	key, err := c.keyByID(ctx, keyID)
	switch {
	case err != nil:
		return "", err
	case key == nil:
		return "", collaboration.Errorf(collaboration.CodeInternal, "data key %s of a secret was erased", keyID)
	}
	plain, err := key.Open(nil, nil, encrypted, key.secretData(owner))
	if err != nil {
		return "", collaboration.Errorf(collaboration.CodeInternal, "an encrypted secret was modified: data key %s", keyID)
	}
	return string(plain), nil
}

// secretData binds a secret to its key, its owner and the version of the format.
func (k dataKey) secretData(owner string) []byte {
	return []byte("countersign secret 1\x00" + k.id + "\x00" + owner)
}
