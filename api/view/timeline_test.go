package view_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/api/view"
	"countersign/collaboration"
)

var update = flag.Bool("update", false, "write the golden files anew")

var today = time.Date(2026, 11, 24, 14, 5, 0, 0, time.UTC)

// life builds the events of an activation, in days before today.
type life struct {
	r      collaboration.Activation
	events []collaboration.Event
}

func ago(days int) time.Time { return today.AddDate(0, 0, -days) }

func (f *life) did(days int, action collaboration.Action, by string, detail any) *life {
	text, err := json.Marshal(detail)
	if err != nil {
		panic(err)
	}
	at := ago(days).Add(time.Duration(len(f.events)) * time.Second)
	f.events = append(f.events, collaboration.Event{Sequence: len(f.events) + 1, Action: action, By: by, At: at, Detail: string(text)})
	return f
}

// invited was sent some days ago to a customer outside the platform.
func invited(days int) *life {
	f := &life{r: collaboration.Activation{State: collaboration.AwaitingApproval, RequestedBy: "emp-maja", RequestedByName: "Maja Ekström",
		InvitedID: "a-1", InvitedName: "Åsa Öberg", RequestedAt: ago(days), SentAt: ago(days), ExpiresAt: ago(days).Add(collaboration.InvitationLifetime)}}
	f.did(days, collaboration.ActionRequested, "emp-maja", nil).did(days, collaboration.ActionTaskChecked, "system", nil)
	f.did(days, collaboration.ActionSolutionActivated, "system", nil).did(days, collaboration.ActionAdministratorCreated, "system", nil)
	return f.did(days, collaboration.ActionInvitationQueued, "emp-maja", nil).did(days, collaboration.ActionInvitationSent, "emp-maja", map[string]int{"generation": 1})
}

func (f *life) reminded(days ...int) *life {
	for _, d := range days {
		f.did(d, collaboration.ActionReminderSent, "system", nil)
		f.r.RemindedAt = ago(d)
	}
	return f
}

// approved starts the agreement on that day.
func (f *life) approved(days, months int) *life {
	f.r.State, f.r.Decision = collaboration.Active, &collaboration.Decision{Outcome: collaboration.Approve, At: ago(days)}
	f.r.Agreement = &collaboration.Agreement{StartsOn: collaboration.DateOf(ago(days)), Started: true, Months: months, Term: 1, Renews: true}
	return f.did(days, collaboration.ActionApproved, "a-1", f.agreement()).did(days, collaboration.ActionAgreementStarted, "system", f.agreement()).did(days, collaboration.ActionAccessGranted, "system", nil).
		did(days, collaboration.ActionNotificationSent, "system", nil)
}

func (f *life) agreement() map[string]any {
	a := f.r.Agreement
	return map[string]any{"term": a.Term, "starts_on": a.StartsOn, "ends_on": a.EndsOn(), "months": a.Months}
}

func (f *life) renewed() *life {
	days := int(today.Sub(f.r.Agreement.Ends()) / (24 * time.Hour))
	*f.r.Agreement = f.r.Agreement.Renewed()
	return f.did(days, collaboration.ActionAgreementRenewed, "system", f.agreement())
}

func (f *life) noticed(days int) *life {
	f.r.Agreement.Renews = false
	return f.did(days, collaboration.ActionNoticeGiven, "a-1", f.agreement())
}

func (f *life) ended(days int) *life {
	f.r.State, f.r.EndedAt = collaboration.Ended, ago(days)
	return f.did(days, collaboration.ActionCollaborationEnded, "system", nil).did(days, collaboration.ActionAccessRevoked, "system", nil)
}

func (f *life) closed(days int, state collaboration.State, by string, detail map[string]any) *life {
	f.r.State, f.r.EndedAt = state, ago(days)
	f.did(days, collaboration.ActionSolutionDeactivated, "system", map[string]bool{"removed": false})
	f.did(days, collaboration.ActionAdministratorRemoved, "system", map[string]bool{"removed": true})
	detail["state"] = state
	return f.did(days, collaboration.ActionClosed, by, detail)
}

// lives has typical activations.
func lives() map[string]*life {
	long := invited(1500).approved(1498, 12).renewed().renewed().renewed().renewed()
	return map[string]*life{
		"just sent":       invited(0),
		"waiting":         invited(12).reminded(9, 5),
		"approved":        invited(4).reminded(1).approved(1, 12),
		"notice":          invited(248).reminded(245).approved(243, 12).noticed(61),
		"renewed":         invited(430).reminded(427).approved(425, 12).renewed(),
		"ended":           invited(400).approved(398, 12).noticed(80).ended(33),
		"declined":        invited(3).closed(0, collaboration.Declined, "a-1", map[string]any{"reason": "price"}),
		"expired":         invited(41).reminded(38, 34, 27, 13).closed(11, collaboration.Expired, "system", map[string]any{}),
		"four years":      long,
		"short terms":     invited(200).approved(198, 3).renewed().renewed(),
		"a lively day":    invited(20).did(19, collaboration.ActionMailBounced, "system", nil).did(18, collaboration.ActionAddressCorrected, "emp-maja", nil).did(18, collaboration.ActionInvitationSent, "emp-maja", map[string]int{"generation": 2}).reminded(15).did(13, collaboration.ActionForwarded, "a-1", nil).approved(11, 12).did(2, collaboration.ActionChanged, "emp-maja", nil),
		"not started yet": invited(2).startsNextMonth(),
	}
}

func (f *life) startsNextMonth() *life {
	f.approved(1, 12)
	f.r.Agreement.StartsOn, f.r.Agreement.Started = collaboration.DateOf(today).FirstOfNextMonth(), false
	f.events = f.events[:len(f.events)-4]
	return f.did(1, collaboration.ActionApproved, "a-1", f.agreement())
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	for name, f := range lives() {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			t.Run(name+" "+string(l), func(t *testing.T) {
				t.Parallel()
				got := view.RenderPart(l, "general/index", "timeline", view.NewTimeline(f.r, f.events, today, l))
				golden(t, fmt.Sprintf("timeline/%s.%s.html", name, l), got)
			})
		}
	}
}

// TestTimelineIsReadable: labels do not overlap at the narrowest width, and the most
// important ones are shown.
func TestTimelineIsReadable(t *testing.T) {
	t.Parallel()
	for name, f := range lives() {
		drawing := view.NewTimeline(f.r, f.events, today, collaboration.Swedish).Drawing
		right := map[int]float64{}
		words := 0
		for _, s := range drawing.Spots {
			if s.Text == "" {
				continue
			}
			words++
			wide, x := 7*float64(len([]rune(s.Text))), float64(s.X)*6
			left := x - wide*map[string]float64{"start": 0, "middle": .5, "end": 1}[s.Anchor]
			if left < right[s.Top] || left < 0 || left+wide > 600 {
				t.Errorf("%s: %s from %.0f to %.0f is not clear of what ends at %.0f", name, s.Text, left, left+wide, right[s.Top])
			}
			right[s.Top] = left + wide
		}
		if words < 2 {
			t.Errorf("%s: %d words", name, words)
		}
	}
}

// TestTimelineOfNothing: an activation has no stored events right after its start.
func TestTimelineOfNothing(t *testing.T) {
	t.Parallel()
	got := view.NewTimeline(collaboration.Activation{State: collaboration.Activating}, nil, today, collaboration.English)
	if len(got.Past) != 0 || len(got.Drawing.Ticks) > 4 || got.Drawing.Today == nil {
		t.Errorf("%+v", got)
	}
}

// TestTimelineLeavesOut: provisioning and compensation without an effect are omitted.
func TestTimelineLeavesOut(t *testing.T) {
	t.Parallel()
	f := lives()["declined"]
	f.events[2].Detail = `{"created":false}`
	var told []string
	for _, h := range view.NewTimeline(f.r, f.events, today, collaboration.English).Past {
		told = append(told, h.Text)
	}
	want := []string{"Requested", "Administrator created", "Invitation sent", "Administrator removed", "The customer declined"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was; look at it, and write it anew with -update: %v\n%s", name, err, got)
	}
}
