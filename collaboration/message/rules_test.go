package message_test

import (
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// An activation keeps the time limits of its request, or has the default ones.
func TestNewState_TakesRulesOfOrder(t *testing.T) {
	t.Parallel()
	rules := collaboration.CurrentRules()
	rules.InvitationLifetime = 7 * 24 * time.Hour
	if got := message.NewState(collaboration.Order{Rules: rules}).Rules; got.InvitationLifetime != rules.InvitationLifetime {
		t.Errorf("the lifetime is %s", got.InvitationLifetime)
	}
	if got := message.NewState(collaboration.Order{}).Rules; got.InvitationLifetime != collaboration.InvitationLifetime {
		t.Errorf("the default lifetime is %s", got.InvitationLifetime)
	}
}
