package api

// Limits bound the load that one client or one office can cause, and the mails that
// one recipient can get. Zero means no limit. Batches have their own rate.
type Limits struct {
	Requests    int // per second and client, in each process
	Visitors    int // per minute and client: new anonymous sessions
	BadTokens   int // per minute and client: invalid tokens
	Mails       int // per hour and recipient: mails that are requested one at a time
	Activations int // per minute and office: activations that are requested one at a time
	Writes      int // concurrent mutating requests, in each process
}
