package cache

import "countersign/internal/eventually"

// Patient sets a call timeout that a busy machine does not reach.
func (c *Customers) Patient() *Customers {
	c.callTimeout = eventually.Deadline
	return c
}
