package roles

import (
	"context"

	"countersign/internal/codec"
	"countersign/internal/config"
	"countersign/internal/store"
)

func encryption(facts *store.Store, c config.Config) (*codec.Codec, error) {
	masters := make([]codec.MasterKey, len(c.EncryptionKeys))
	for i, k := range c.EncryptionKeys {
		masters[i] = codec.MasterKey{ID: k.ID, Key: k.Key}
	}
	return codec.New(facts, masters...)
}

// RotateKeys puts every data key under the first master key, and reports how
// many were under another one.
func RotateKeys(ctx context.Context, c config.Config) (rewrapped int, err error) {
	facts, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	if err != nil {
		return 0, err
	}
	defer facts.Close()
	keys, err := encryption(facts, c)
	if err != nil {
		return 0, err
	}
	return keys.Rotate(ctx)
}
