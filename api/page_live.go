package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// followActivation sends an activation's page anew whenever it has changed, to
// a page that is open already.
func (s *Server) followActivation(v *visit) error {
	r, err := s.ownRecord(v.ctx(), v.c.Param("id"))
	if err != nil && !errors.Is(err, errUnrecorded) {
		return err
	}
	if v.c.Request.Method == http.MethodHead {
		v.c.Status(http.StatusNoContent)
		return nil
	}
	leave, err := s.admitStream()
	if err != nil {
		return err
	}
	defer leave()
	f := &pageFollower{stream: s.newStream(v.c.Writer), v: v, id: r.ID, seen: v.c.Query("seen")}
	if why := f.run(v.ctx(), f.look); why != interrupted { // a browser comes back by itself
		_ = f.write("event: end\ndata: over\n\n")
	}
	return nil
}

// pageFollower is one open page of an activation.
type pageFollower struct {
	*stream
	v    *visit
	id   collaboration.ActivationID
	seen string
	// lost is whether the engine said before that it is over, with nothing
	// recorded: its last step may be recorded a moment after that.
	lost bool
}

func (f *pageFollower) look(ctx context.Context) (news, over bool, err error) {
	r, err := f.s.ownRecord(ctx, string(f.id))
	unrecorded := errors.Is(err, errUnrecorded)
	if err != nil && !unrecorded {
		return false, false, err
	}
	if now := seen(r); now != f.seen {
		p, err := f.s.followedPage(f.v, r)
		if err != nil {
			return false, false, err
		}
		if err := f.part(web.RenderPart(f.v.locale, "office/activation", "live", p)); err != nil {
			return false, false, err
		}
		f.seen, news = now, true
	}
	over = !r.State.Pending() && (!unrecorded || f.lost)
	f.lost = unrecorded && !r.State.Pending()
	quiet := r.State == collaboration.AwaitingApproval && time.Since(f.lastNews) > f.s.Attention
	return news, over || quiet, nil
}

// part is a piece of a page as one event.
func (f *pageFollower) part(html []byte) error {
	lines := strings.Split(strings.TrimSpace(string(html)), "\n")
	return f.write("event: part\ndata: " + strings.Join(lines, "\ndata: ") + "\n\n")
}

// seen tells one look of an activation from the next.
func seen(r collaboration.Record) string { return fmt.Sprintf("%d-%s", r.Version, r.State) }
