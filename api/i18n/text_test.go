package i18n_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/collaboration"
)

func texts(t *testing.T, locale string) map[string]string {
	t.Helper()
	names, err := filepath.Glob("text/" + locale + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	all := map[string]string{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		var some map[string]string
		if err == nil {
			err = json.Unmarshal(raw, &some)
		}
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, some)
	}
	return all
}

var verb = regexp.MustCompile(`%(\[\d\])?[sd]`)

func TestTextsAreLevel(t *testing.T) {
	t.Parallel()
	sv, en := texts(t, "sv"), texts(t, "en")
	for key, text := range sv {
		other, ok := en[key]
		if !ok || text == "" || other == "" {
			t.Errorf("%s is not in both languages", key)
		}
		if len(verb.FindAllString(text, -1)) != len(verb.FindAllString(other, -1)) {
			t.Errorf("%s: %q and %q take different things", key, text, other)
		}
	}
	if len(sv) != len(en) {
		t.Errorf("%d texts in Swedish, %d in English", len(sv), len(en))
	}
}

func TestEveryTextIsThere(t *testing.T) {
	t.Parallel()
	sv := texts(t, "sv")
	var keys []string
	for _, a := range []collaboration.Action{collaboration.ActionRequested, collaboration.ActionTaskChecked, collaboration.ActionSolutionActivated, collaboration.ActionAdministratorCreated,
		collaboration.ActionAskedAgain, collaboration.ActionInvitationQueued, collaboration.ActionInvitationSent, collaboration.ActionApproved, collaboration.ActionAgreementStarted, collaboration.ActionAgreementRenewed, collaboration.ActionNoticeGiven,
		collaboration.ActionCollaborationEnded, collaboration.ActionSolutionDeactivated, collaboration.ActionAdministratorRemoved, collaboration.ActionClosed, collaboration.ActionReminderSent, collaboration.ActionNotificationSent,
		collaboration.ActionAddressCorrected, collaboration.ActionForwarded, collaboration.ActionHandedOn, collaboration.ActionChanged, collaboration.ActionAccessGranted, collaboration.ActionAccessRevoked,
		collaboration.ActionNoticeRevoked, collaboration.ActionEndSet, collaboration.ActionMailDelivered, collaboration.ActionMailBounced, collaboration.ActionPersonalDataErased} {
		keys = append(keys, "action."+string(a))
	}
	for _, a := range []collaboration.UpcomingAction{collaboration.UpcomingReminder, collaboration.UpcomingExpiry, collaboration.UpcomingStart, collaboration.UpcomingNotice,
		collaboration.UpcomingRenewal, collaboration.UpcomingEnd} {
		keys = append(keys, "upcoming."+string(a))
	}
	for _, r := range collaboration.DeclineReasons() {
		keys = append(keys, "reason."+string(r))
	}
	for _, s := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
		keys = append(keys, "explain."+string(s), "page.open.lead."+string(s))
	}
	keys = append(keys, saidIn(t, "../view/templates")...)
	for _, key := range keys {
		if sv[key] == "" {
			t.Errorf("no text for %s", key)
		}
	}
}

var said = regexp.MustCompile(`[{(]\s*t "([^"]+)"`)

// saidIn are the keys that templates name in full.
func saidIn(t *testing.T, folder string) (keys []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
			keys = append(keys, m[1])
		}
		return err
	})
	if err != nil || len(keys) < 20 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return keys
}
