package cache

import "time"

// Patient gives Redis more time than people have, so that a busy machine does
// not change what a test sees.
func (c *Customers) Patient() *Customers {
	c.budget = 10 * time.Second
	return c
}
