package harness

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"countersign/collaboration"
	"countersign/internal/eventually"
)

// Answer is the response to one of several requests.
type Answer struct {
	Status     int
	Code       collaboration.Code
	Activation collaboration.ActivationID
}

func (a Answer) String() string { return fmt.Sprintf("%d %s", a.Status, a.Code) }

// Concurrently sends requests at the same moment and returns their answers by number.
func Concurrently(requests int, send func(n int) Answer) []Answer {
	all, begin := make([]Answer, requests), make(chan struct{})
	var senders sync.WaitGroup
	for n := range all {
		senders.Go(func() {
			<-begin
			all[n] = send(n)
		})
	}
	close(begin)
	senders.Wait()
	return all
}

// Ask sends a request and returns its answer.
func (o *Office) Ask(header http.Header, method, path string, content any) Answer {
	var body struct {
		ID         collaboration.ActivationID
		Code       collaboration.Code
		Activation collaboration.ActivationID
	}
	response, err := o.TryWithHeader(header, method, path, content, &body)
	if err != nil {
		o.T.Errorf("%s %s: %v", method, path, err)
		return Answer{}
	}
	if body.ID == "" {
		body.ID = body.Activation
	}
	return Answer{response.StatusCode, body.Code, body.ID}
}

// CountAnswers counts answers by status and code.
func CountAnswers(all []Answer) map[string]int {
	counted := map[string]int{}
	for _, a := range all {
		counted[a.String()]++
	}
	return counted
}

// RetryWhileBusy retries a request after 503 and 429, as clients do.
func RetryWhileBusy(send func() Answer) Answer {
	for end := time.Now().Add(eventually.Deadline); ; time.Sleep(RetryPause) {
		a := send()
		busy := a.Status == http.StatusServiceUnavailable || a.Status == http.StatusTooManyRequests
		if !busy || time.Now().After(end) {
			return a
		}
	}
}

// IsAccepted reports whether the command had its effect.
func (a Answer) IsAccepted() bool { return a.Status == http.StatusOK }

// IsUnknown reports whether the command may take effect later.
func (a Answer) IsUnknown() bool { return a.Status == http.StatusAccepted }

// IsTooLate reports whether the command conflicts with an earlier one. An
// administrator whom that one removed gets 403 or 404.
func (a Answer) IsTooLate() bool {
	switch a.Code {
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeNotActive, collaboration.CodeNoNotice:
		return a.Status == http.StatusConflict
	case collaboration.CodeLinkReplaced, collaboration.CodeLinkExpired:
		return a.Status == http.StatusGone
	case collaboration.CodeActivationNotFound:
		return a.Status == http.StatusNotFound
	case collaboration.CodeForbidden:
		return a.Status == http.StatusForbidden
	}
	return false
}
