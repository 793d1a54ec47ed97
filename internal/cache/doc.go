// Package cache is a cache-aside for customer lookups: Redis before the database.
//
//	Customer ── GET ── hit ────────────────────────────────────────▶ customer
//	             └──── miss ─ SET reservation ─── database ─ fill ─▶ customer
//	Invalidate ─ DEL, after the commit
//
// From when a committed change is visible to every lookup that begins later:
//
//	At the change, Redis         in the process that wrote  in other processes
//	answers                      Invalidate returned        Invalidate returned
//	is slow (over callTimeout)   Invalidate returned        staleLife: 35 s
//	is down                      Invalidate returned        the commit; staleLife
//	                                                        if Redis is back by then
//	loses the DEL (crash,        staleLife: 35 s            staleLife: 35 s
//	failover, old backup)
//
// A lookup never fails because of Redis. Redis adds at most two callTimeouts to a
// lookup and one to a change. After a failure the process makes no call for coolDown.
//
// A fill cannot store a customer that was loaded before a change. A lookup that misses
// reserves the key with a random value before it loads; the fill replaces nothing but
// that reservation. Invalidate deletes the key, so it also cancels the reservation.
//
// After a failed invalidation the process reads nothing from Redis for staleLife. By
// then every entry from before the change has expired.
package cache
