package limit

// Remembered is how many callers this process knows.
func (l *Limiter) Remembered() int { return l.here.callers.Len() }
