package codec

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"countersign/internal/store"
)

// Store stores the wrapped data keys, and the customer of each subject.
type Store interface {
	DataKey(ctx context.Context, id string) (store.DataKey, bool, error)
	DataKeyOf(ctx context.Context, subject string) (store.DataKey, bool, error)
	AddDataKey(ctx context.Context, k store.DataKey) (kept store.DataKey, err error)
	CustomerOf(ctx context.Context, subject string) (customerID string, known bool, err error)
	DataKeysOfOthers(ctx context.Context, masterID, after string, limit int) ([]store.DataKey, error)
	RewrapDataKey(ctx context.Context, k store.DataKey, oldMasterID string) (done bool, err error)
	DataKeyOfEachMaster(ctx context.Context) ([]store.DataKey, error)
}

const (
	// cacheLife is also how long a process can decrypt an erased customer's payloads.
	cacheLife, cacheSize = time.Minute, 4096
	// lookupTimeout bounds what a key lookup adds to a call of Temporal.
	lookupTimeout = 2 * time.Second
)

// Codec encrypts and decrypts payloads. It is a converter.PayloadCodec, and safe for
// concurrent use.
type Codec struct {
	masterKeys
	store Store
	// isRequired is true if received payloads must be encrypted.
	isRequired bool
	// cache has unwrapped data keys by ID. An erased key is nil.
	cache *expirable.LRU[string, *dataKey]
}

// New wraps new data keys with the first master key, and unwraps with all.
func New(s Store, keys ...MasterKey) (*Codec, error) {
	m, err := newMasterKeys(keys)
	if err != nil {
		return nil, err
	}
	return &Codec{masterKeys: m, store: s, cache: expirable.NewLRU[string, *dataKey](cacheSize, nil, cacheLife)}, nil
}

// RequireEncryption makes clients refuse payloads that are not encrypted. Call it before
// ConfigureClient.
func (c *Codec) RequireEncryption() { c.isRequired = true }

// Encode encrypts with the data key that subjects without a customer share.
func (c *Codec) Encode(payloads []*common.Payload) ([]*common.Payload, error) {
	key, err := c.keyForSubject(context.Background(), subject{})
	if err != nil {
		return nil, err
	}
	return mapPayloads(payloads, key.encrypt)
}

// Decode decrypts. It returns a payload unchanged if it is not encrypted, or if its key
// was erased or is unknown. It fails if a payload was modified, if a key lookup fails,
// or if no configured master key unwraps the data key.
func (c *Codec) Decode(payloads []*common.Payload) ([]*common.Payload, error) {
	return mapPayloads(payloads, func(p *common.Payload) (*common.Payload, error) {
		decrypted, err := c.decrypt(context.Background(), p)
		if errors.Is(err, store.ErrNoDataKey) {
			return p, nil
		}
		return decrypted, err
	})
}

// decodeStrictly is Decode, except that an unknown key is an error. The process may use
// the wrong database, and then a call must fail instead of the workflow.
//
// A payload that is not encrypted becomes unreadable if encryption is required. An error
// would stop the execution, and any client of Temporal could cause it.
func (c *Codec) decodeStrictly(ctx context.Context, payloads []*common.Payload) ([]*common.Payload, error) {
	return mapPayloads(payloads, func(p *common.Payload) (*common.Payload, error) {
		if c.isRequired && p != nil && !isEncrypted(p) {
			return &common.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(refusedEncoding)}}, nil
		}
		return c.decrypt(ctx, p)
	})
}

func (c *Codec) decrypt(ctx context.Context, p *common.Payload) (*common.Payload, error) {
	if !isEncrypted(p) {
		return p, nil
	}
	key, err := c.keyByID(ctx, string(p.Metadata[keyIDField]))
	if key == nil || err != nil {
		return p, err
	}
	return key.decrypt(p)
}

func mapPayloads(payloads []*common.Payload, convert func(*common.Payload) (*common.Payload, error)) ([]*common.Payload, error) {
	converted := make([]*common.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if converted[i], err = convert(p); err != nil {
			return nil, err
		}
	}
	return converted, nil
}

// keyByID returns nil for an erased key.
func (c *Codec) keyByID(ctx context.Context, id string) (*dataKey, error) {
	if key, ok := c.cache.Get(id); ok {
		return key, nil
	}
	if !isDataKeyID(id) {
		return nil, store.ErrNoDataKey
	}
	ctx, cancel := lookupContext(ctx)
	defer cancel()
	k, found, err := c.store.DataKey(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		c.cache.Add(id, nil)
		return nil, nil
	}
	return c.unwrapCached(k)
}

// isDataKeyID checks the format, so that arbitrary text causes no query.
func isDataKeyID(id string) bool {
	return len(id) == 26 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

func (c *Codec) unwrapCached(k store.DataKey) (*dataKey, error) {
	if key, ok := c.cache.Get(k.ID); ok && key != nil {
		return key, nil
	}
	secret, err := c.unwrap(k)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(secret)
	if err != nil {
		return nil, err
	}
	key := &dataKey{k.ID, aead}
	c.cache.Add(k.ID, key)
	return key, nil
}

// subject owns a data key. The zero subject has no customer.
type subject struct{ name, customer string }

// keyForSubject returns a subject's data key, and creates it if necessary. It reads the
// store every time: a key that was erased must not encrypt a later activation.
func (c *Codec) keyForSubject(ctx context.Context, s subject) (*dataKey, error) {
	ctx, cancel := lookupContext(ctx)
	defer cancel()
	k, found, err := c.store.DataKeyOf(ctx, s.name)
	if err != nil {
		return nil, err
	}
	if found {
		return c.unwrapCached(k)
	}
	if s.name != "" && s.customer == "" {
		customer, known, err := c.store.CustomerOf(ctx, s.name)
		if err != nil {
			return nil, err
		}
		if !known {
			return c.keyForSubject(ctx, subject{})
		}
		s.customer = customer
	}
	k, err = c.store.AddDataKey(ctx, c.newDataKey(s.name, s.customer))
	if err != nil {
		return nil, err
	}
	return c.unwrapCached(k)
}

// lookupContext does not end with the caller: a response that Temporal has sent must
// still be decrypted.
func lookupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
}
