package cache

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"countersign/collaboration"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"
)

const (
	// prefix has the version of what is kept: raise it whenever the JSON of a
	// customer changes, so that two releases can share one Redis.
	prefix = "countersign:customer:2:"

	// tombstone begins an entry that says: changed just now, do not fill. The
	// rest differs from write to write.
	tombstone = "forgotten "

	customerLife  = time.Minute
	absentLife    = 5 * time.Second
	tombstoneLife = 2 * time.Second
	// fillWithin is shorter than the tombstone's life: see the package's doc.
	fillWithin = time.Second
)

// entries are the cache's keys and values. A customer is one entry, whichever
// office asks; beside it is the set of offices that were told there is none.
type entries struct {
	redis *redis.Client
	near  *near
	known *lru.Cache[string, known]
}

// known is what a customer's entry was read as: most are read again as they were.
type known struct {
	raw      string
	customer collaboration.Customer
}

// mostKnown bounds them, of which each may be some kilobytes.
const mostKnown = 2000

func newEntries(redis *redis.Client) entries {
	k, err := lru.New[string, known](mostKnown)
	if err != nil { // of no size
		panic(err)
	}
	return entries{redis: redis, known: k}
}

// The braces keep both keys on one node of a cluster.
func customerKey(id string) string { return prefix + "{" + id + "}" }
func absentKey(id string) string   { return customerKey(id) + ":absent" }

// lookup is what Redis said.
type lookup struct {
	state    state
	customer collaboration.Customer
	raw      string    // what was held, to be replaced only if it still is
	at       time.Time // on Redis's clock
}

type state int

const (
	open   state = iota // nothing held: fill after loading
	closed              // nothing held, and nothing may be: do not fill
	found
	absent
)

func (l lookup) result(officeID string) result {
	switch {
	case l.state == absent, l.state == found && l.customer.OfficeID != officeID:
		return resultNegative
	case l.state == found:
		return resultHit
	default:
		return resultMiss
	}
}

// read asks for the customer alone; for the rest of what a fill needs only where
// that is no answer.
func (e entries) read(ctx context.Context, officeID, id string) (lookup, error) {
	raw, err := e.near.clientFor(id, e.redis).Get(ctx, customerKey(id)).Result()
	if err != nil && err != redis.Nil {
		return lookup{}, err
	}
	if c, ok := e.decoded(raw, id); ok {
		return lookup{state: found, customer: c, raw: raw}, nil
	}
	seen, err := e.readAll(ctx, officeID, id)
	if seen.state == closed {
		e.near.passBy(id)
	}
	return seen, err
}

// decoded is the customer that an entry holds, if it holds one.
func (e entries) decoded(raw, id string) (c collaboration.Customer, ok bool) {
	if k, ok := e.known.Get(id); ok && k.raw == raw {
		return copied(k.customer), true
	}
	if raw == "" || strings.HasPrefix(raw, tombstone) || json.Unmarshal([]byte(raw), &c) != nil || c.ID != id {
		return collaboration.Customer{}, false
	}
	e.known.Add(id, known{raw, c})
	return copied(c), true
}

func (e entries) readAll(ctx context.Context, officeID, id string) (lookup, error) {
	var (
		held *redis.StringCmd
		none *redis.BoolCmd
		now  *redis.TimeCmd
	)
	_, err := e.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		held, none, now = p.Get(ctx, customerKey(id)), p.SIsMember(ctx, absentKey(id), officeID), p.Time(ctx)
		return nil
	})
	if err != nil && err != redis.Nil {
		return lookup{}, err
	}
	seen := lookup{raw: held.Val(), at: now.Val()}
	c, ok := e.decoded(seen.raw, id)
	switch {
	case held.Err() == redis.Nil && none.Val():
		seen.state = absent
	case held.Err() == redis.Nil:
		seen.state = open
	case strings.HasPrefix(seen.raw, tombstone):
		seen.state = closed
	case ok:
		seen.state, seen.customer = found, c
	} // what is corrupt is a miss, and to be replaced
	return seen, nil
}

// fillScript keeps a customer, or an office that has no such customer (the
// customer's value is then empty), if nothing happened since the reader looked
// and that was not long ago.
var fillScript = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
local now = redis.call('TIME')
if now[1] * 1000000 + now[2] - ARGV[2] > ARGV[3] * 1000 then return 0 end
if ARGV[5] ~= '' then
  redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[4])
else
  redis.call('SADD', KEYS[2], ARGV[6])
  if redis.call('PTTL', KEYS[2]) < 0 then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
end
return 1`)

func (e entries) fill(ctx context.Context, c collaboration.Customer, seen lookup) error {
	value, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return e.run(ctx, c.ID, seen, customerLife, string(value), "")
}

func (e entries) fillAbsent(ctx context.Context, officeID, id string, seen lookup) error {
	return e.run(ctx, id, seen, absentLife, "", officeID)
}

func (e entries) run(ctx context.Context, id string, seen lookup, life time.Duration, value, officeID string) error {
	return fillScript.Run(ctx, e.redis, []string{customerKey(id), absentKey(id)},
		seen.raw, seen.at.UnixMicro(), fillWithin.Milliseconds(), life.Milliseconds(), value, officeID).Err()
}

func (e entries) forget(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := e.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			p.Set(ctx, customerKey(id), tombstone+rand.Text(), tombstoneLife)
			p.Del(ctx, absentKey(id))
		}
		return nil
	})
	for _, id := range ids { // also where nobody knows whether it was told
		e.near.passBy(id)
	}
	return err
}
