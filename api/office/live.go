package office

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/sse"
	"countersign/api/view"
	"countersign/collaboration"
)

// followActivation is the event stream of an open activation page. It sends the page's
// content again after every change.
func (h activationPages) followActivation(v *page.Context) error {
	found, err := h.app.Activations.Find(v.Context(), request.Employee(v.Context()), v.Param("id"))
	if err != nil {
		return err
	}
	if v.Request().Method == http.MethodHead {
		v.NoContent()
		return nil
	}
	release, err := h.streams.Admit(v.Context())
	if err != nil {
		return err
	}
	defer release()
	w, err := v.Writer()
	if err != nil {
		return err
	}
	f := &pageFollower{Stream: h.streams.Open(w), h: h, v: v, id: found.ID, seen: v.Query("seen")}
	if f.Run(v.Context(), f.poll) != sse.Disconnected { // the browser reconnects automatically
		_ = f.Send("end", "", "over")
	}
	return nil
}

// pageFollower is one open page of an activation.
type pageFollower struct {
	*sse.Stream
	h    activationPages
	v    *page.Context
	id   collaboration.ActivationID
	seen string
	// lost is true if the previous poll found the activation over in Temporal but not in
	// the database. The last event may be stored a moment later, so one more poll follows.
	lost bool
}

func (f *pageFollower) poll(ctx context.Context) (news, over bool, err error) {
	ctx, err = f.v.Recheck(ctx)
	if err != nil {
		return false, false, err
	}
	found, err := f.h.app.Activations.Find(ctx, request.Employee(ctx), string(f.id))
	if err != nil {
		return false, false, err
	}
	r := found.Activation
	if now := seen(r); now != f.seen {
		p, err := f.h.followedPage(f.v, found)
		if err != nil {
			return false, false, err
		}
		if err := f.Send("part", "", part(view.RenderPart(f.v.Locale, "office/activation", "live", p))); err != nil {
			return false, false, err
		}
		f.seen, news = now, true
	}
	over = !isChanging(r, f.h.now()) && (found.Stored || f.lost)
	f.lost = !found.Stored && !r.State.IsPending()
	quiet := r.State != collaboration.Activating && f.Idle() > f.h.streamIdle
	return news, over || quiet, nil
}

// isChanging reports whether a page of the activation follows it: the invitation is pending, or
// the agreement starts in a moment.
func isChanging(r collaboration.Activation, now time.Time) bool {
	return r.State.IsPending() || r.State == collaboration.Active && r.Agreement != nil && r.Agreement.StartIsDue(now)
}

// part returns rendered HTML as the data of an event.
func part(html []byte) string { return strings.TrimSpace(string(html)) }

// seen identifies a version of an activation's page.
func seen(r collaboration.Activation) string { return fmt.Sprintf("%d-%s", r.Version, r.State) }
