package api_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"countersign/collaboration"
)

func texts(t *testing.T, locale string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("web/text/" + locale + ".json")
	var all map[string]string
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var verb = regexp.MustCompile(`%(\[\d\])?[sd]`)

func TestTextsAreLevel(t *testing.T) {
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
	sv := texts(t, "sv")
	var keys []string
	for _, a := range []collaboration.Action{collaboration.ActionRequested, collaboration.ActionTaskChecked, collaboration.ActionSolutionActivated, collaboration.ActionAdministratorCreated,
		collaboration.ActionInvitationQueued, collaboration.ActionInvitationSent, collaboration.ActionAgreementStarted, collaboration.ActionAgreementRenewed, collaboration.ActionNoticeGiven,
		collaboration.ActionCollaborationEnded, collaboration.ActionSolutionDeactivated, collaboration.ActionAdministratorRemoved, collaboration.ActionClosed, collaboration.ActionReminderSent, collaboration.ActionLetterSent,
		collaboration.ActionAddressCorrected, collaboration.ActionForwarded, collaboration.ActionChanged, collaboration.ActionAccessGranted, collaboration.ActionAccessRevoked,
		collaboration.ActionNoticeTakenBack, collaboration.ActionEndSet, collaboration.ActionMailDelivered, collaboration.ActionMailBounced, collaboration.ActionPersonalDataErased} {
		keys = append(keys, "action."+string(a))
	}
	for _, a := range []collaboration.AheadAction{collaboration.AheadReminder, collaboration.AheadExpiry, collaboration.AheadStart, collaboration.AheadNotice,
		collaboration.AheadRenewal, collaboration.AheadEnd} {
		keys = append(keys, "ahead."+string(a))
	}
	for _, r := range collaboration.DeclineReasons() {
		keys = append(keys, "reason."+string(r))
	}
	for _, s := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
		keys = append(keys, "explain."+string(s), "page.open.lead."+string(s))
	}
	for _, file := range []string{"layout", "invitation", "collaboration", "trouble", "index"} {
		raw, err := os.ReadFile("web/templates/" + file + ".html")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\{\{t \S+ "([^"]+)"`).FindAllStringSubmatch(string(raw), -1) {
			keys = append(keys, m[1])
		}
	}
	for _, key := range keys {
		if sv[key] == "" {
			t.Errorf("no text for %s", key)
		}
	}
}
