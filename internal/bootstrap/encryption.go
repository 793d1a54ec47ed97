package bootstrap

import (
	"context"

	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/store"
)

func encryption(db *store.Store, c config.Config) (*codec.Codec, error) {
	masters := make([]codec.MasterKey, len(c.EncryptionKeys))
	for i, k := range c.EncryptionKeys {
		masters[i] = codec.MasterKey{ID: k.ID, Key: k.Key}
	}
	keys, err := codec.New(db, masters...)
	if err == nil && c.EncryptionRequired {
		keys.RequireEncryption()
	}
	db.EncryptSecrets(keys)
	return keys, err
}

// RotateKeys wraps every data key with the first master key. It returns the number of
// keys that another master key wrapped before.
func RotateKeys(ctx context.Context, c config.Config) (rewrapped int, err error) {
	db, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	keys, err := encryption(db, c)
	if err != nil {
		return 0, err
	}
	return keys.Rotate(ctx)
}
