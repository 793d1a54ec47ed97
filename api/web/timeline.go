package web

// Timeline is an activation's life, drawn so that a year is seen at a glance.
type Timeline struct{}
