package codec

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"go.temporal.io/api/common/v1"

	"countersign/internal/store"
)

// Store keeps the wrapped data keys, and knows whose a subject is.
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
	// unwrapped data keys are held for a minute: so long after a customer is
	// erased, a process may still read what it knows the key of.
	keptFor, keptAtMost = time.Minute, 4096
	// lookupWithin bounds what looking a key up adds to a call of the engine.
	lookupWithin = 2 * time.Second
)

// Codec seals and opens payloads. It is a converter.PayloadCodec, and safe for
// concurrent use.
type Codec struct {
	masters
	store Store
	// opened are by id; nil for one that was erased.
	opened *expirable.LRU[string, *dataKey]
}

// New wraps new data keys with the first master key, and unwraps with all.
func New(s Store, keys ...MasterKey) (*Codec, error) {
	m, err := newMasters(keys)
	if err != nil {
		return nil, err
	}
	return &Codec{m, s, expirable.NewLRU[string, *dataKey](keptAtMost, nil, keptFor)}, nil
}

// Encode seals with the key of what is nobody's.
func (c *Codec) Encode(payloads []*common.Payload) ([]*common.Payload, error) {
	key, err := c.keyOf(context.Background(), subject{})
	if err != nil {
		return nil, err
	}
	return each(payloads, key.seal)
}

// Decode opens what it has the key of. What is not encrypted, or whose key was
// erased or is unknown, stays as it is; one that was changed is an error, as is a
// key that cannot be looked up now or that no configured master key unwraps.
func (c *Codec) Decode(payloads []*common.Payload) ([]*common.Payload, error) {
	return each(payloads, func(p *common.Payload) (*common.Payload, error) {
		opened, err := c.open(context.Background(), p)
		if errors.Is(err, store.ErrNoDataKey) {
			return p, nil
		}
		return opened, err
	})
}

// decode is Decode, but that an unknown key is an error, too: a run whose key is
// not in this database must not fail for it.
func (c *Codec) decode(ctx context.Context, payloads []*common.Payload) ([]*common.Payload, error) {
	return each(payloads, func(p *common.Payload) (*common.Payload, error) { return c.open(ctx, p) })
}

func (c *Codec) open(ctx context.Context, p *common.Payload) (*common.Payload, error) {
	if !encrypted(p) {
		return p, nil
	}
	key, err := c.keyByID(ctx, string(p.Metadata[keyField]))
	if key == nil || err != nil {
		return p, err
	}
	return key.open(p)
}

func each(payloads []*common.Payload, do func(*common.Payload) (*common.Payload, error)) ([]*common.Payload, error) {
	done := make([]*common.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if done[i], err = do(p); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// keyByID is nil for a key that was erased.
func (c *Codec) keyByID(ctx context.Context, id string) (*dataKey, error) {
	if key, ok := c.opened.Get(id); ok {
		return key, nil
	}
	if !possible(id) {
		return nil, store.ErrNoDataKey
	}
	ctx, cancel := lookup(ctx)
	defer cancel()
	k, found, err := c.store.DataKey(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		c.opened.Add(id, nil)
		return nil, nil
	}
	return c.keep(k)
}

// possible is false for what was never a data key's id.
func possible(id string) bool {
	return len(id) == 26 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// keep unwraps a key, unless it is at hand.
func (c *Codec) keep(k store.DataKey) (*dataKey, error) {
	if key, ok := c.opened.Get(k.ID); ok && key != nil {
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
	c.opened.Add(k.ID, key)
	return key, nil
}

// subject is what a request is about; the zero one is nobody.
type subject struct{ name, customer string }

// keyOf asks the store each time which key a subject has: one that was erased
// meanwhile must not seal what a later activation says.
func (c *Codec) keyOf(ctx context.Context, s subject) (*dataKey, error) {
	ctx, cancel := lookup(ctx)
	defer cancel()
	k, found, err := c.store.DataKeyOf(ctx, s.name)
	if err != nil {
		return nil, err
	}
	if found {
		return c.keep(k)
	}
	if s.name != "" && s.customer == "" {
		customer, known, err := c.store.CustomerOf(ctx, s.name)
		if err != nil {
			return nil, err
		}
		if !known {
			return c.keyOf(ctx, subject{})
		}
		s.customer = customer
	}
	k, err = c.store.AddDataKey(ctx, c.newDataKey(s.name, s.customer))
	if err != nil {
		return nil, err
	}
	return c.keep(k)
}

// lookup outlives a call that is being given up: what the engine has already
// answered must still be read.
func lookup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lookupWithin)
}
