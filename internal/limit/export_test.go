package limit

import "time"

// LocalLimiters returns how many counters are in memory.
func (l *Limiter) LocalLimiters() int { return l.local.limiters.Len() }

// Patient sets a timeout that a busy machine does not reach.
func (l *Limiter) Patient() *Limiter {
	l.redisTimeout = time.Minute
	return l
}

// Subjects returns how many subjects have slots, or a number of their last grant.
func (s *Slots) Subjects() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.used) + len(s.served)
}
