// Package cache keeps customer lookups in Redis, for as long as nobody changes
// the customer and a minute at most.
//
//	Customer ─ Redis ── hit ──────────────────────────▶ answer
//	             └ miss ─ one load for all callers ─ Source ─▶ answer
//	                                 └ fill, unless forgotten meanwhile
//
// Redis only makes things faster. When it is dead, silent, slow or flushed,
// every answer is the source's, at most 50 ms later, and for a while nobody
// asks Redis at all. A write that Redis was not told of is a debt: it is paid
// by the next caller that Redis answers, or by a timer within a second or so,
// and until then nothing is read from Redis here. Other processes may see what
// was cached until it is paid.
//
// A hit is one GET. Where the process tracks (see Track) it is none: the client
// keeps what it has read until Redis tells that it changed. Then
//
//   - what this process changed is seen here from when Forget returns;
//   - what another one changed is seen as soon as Redis has told of it, some
//     milliseconds later; after half a second in any case, whatever is lost;
//   - nobody gets something older than this process has shown before.
//
// With its connections the copy is lost, and where the server cannot tell of
// changes nothing is kept.
//
// A reader that loaded a customer just before a write must not put the old
// one back after it. So Forget leaves a tombstone for two seconds that no fill
// replaces, and Redis refuses a fill that comes more than a second, by its own
// clock, after the reader looked: it cannot come after the tombstone is gone.
package cache
