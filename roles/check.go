package roles

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/collaboration"
	"countersign/internal/config"
)

// Finding is what became of one thing that a role needs.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Says is what is there, or what is wrong with it.
	Says string `json:"says"`
	// Mend is what to do about what is wrong.
	Mend string `json:"mend,omitempty"`
}

// answerWithin is how long each connection is tried.
const answerWithin = 5 * time.Second

// probe tries one connection, and finds one thing or more.
type probe func(context.Context) []Finding

// Check tries every connection that the settings of these roles name, all at
// once, and changes nothing.
func Check(ctx context.Context, c config.Config, roles ...config.Role) []Finding {
	all := probes(c, roles)
	found := make([][]Finding, len(all))
	var trying sync.WaitGroup
	for n, try := range all {
		trying.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, answerWithin)
			defer cancel()
			found[n] = try(ctx)
		})
	}
	trying.Wait()
	return slices.Concat(found...)
}

func probes(c config.Config, roles []config.Role) []probe {
	all := []probe{database(c)}
	serves, works := slices.Contains(roles, config.API), slices.Contains(roles, config.Worker)
	if !serves && !works {
		return all
	}
	if c.RedisURL != "" {
		all = append(all, cacheServer(c))
	}
	all = append(all, encryptionKeys(c))
	// A worker that has not begun need not find another.
	all = append(all, engine(c, serves))
	if serves {
		all = append(all, logins(c))
	}
	if works {
		all = append(all, mailServer(c))
		if c.PlatformURL != "" {
			all = append(all, otherPlatform(c))
		}
	}
	if c.OpenTelemetry() != nil {
		all = append(all, collector(c))
	}
	return append(all, publicAddress(c))
}

func good(what, says string) Finding { return Finding{What: what, OK: true, Says: says} }

func bad(what string, err error, mend string) Finding {
	return Finding{What: what, Says: words(err), Mend: mend}
}

// judged is good or bad.
func judged(what, says string, err error, mend string) Finding {
	if err != nil {
		return bad(what, err, mend)
	}
	return good(what, says)
}

// longest is how much of an error fits into a line or two: some quote a page.
const longest = 240

// words is an error for people, in one line and without its code.
func words(err error) string {
	var known *collaboration.Error
	if errors.As(err, &known) && known.Cause != nil {
		err = known.Cause
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer within " + answerWithin.String()
	}
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(text) > longest {
		text = append(text[:longest], '…')
	}
	return string(text)
}
