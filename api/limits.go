package api

// Limits bound the load that one client or one office can cause, and the mails that
// one recipient can get. Zero means no limit. Batches have a rate of activations of
// their own.
type Limits struct {
	Requests    int // per second and client, in each process
	Visitors    int // per minute and client: new anonymous sessions
	BadTokens   int // per minute and client: invalid tokens
	Mails       int // per hour and recipient: mails that are requested
	Activations int // per minute and office: activations that are requested one at a time

	// Concurrent mutating requests, in each process: all, those of one office, and those
	// with a file, of which an office has one at a time.
	Writes, OfficeWrites, Uploads int

	// Open event streams, in each process: all, those of one office, and those of one person.
	Streams, OfficeStreams, PersonStreams int
}
