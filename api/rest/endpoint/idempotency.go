package endpoint

// IdempotencyKey is the header of a POST that a client may retry.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"A unique key for this request, up to 255 printable characters." example:"5f1c7e0a-9d0b-4c38-8a34-1f0e6d2b7c11"`
}

// IdempotencyText describes the effect of the header.
const IdempotencyText = " With an Idempotency-Key, a retry gets the same response and has no further effect."
