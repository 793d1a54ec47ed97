package limit

// Remembered is how many callers this process knows.
func (l *Limiter) Remembered() int { return len(l.here.young) + len(l.here.old) }
