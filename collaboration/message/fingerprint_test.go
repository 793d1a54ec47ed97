package message_test

import (
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func TestFingerprint_DependsOnValuesOnly(t *testing.T) {
	t.Parallel()
	paused, other := true, true
	command := func(pause *bool) message.Command {
		return message.Command{Kind: collaboration.CommandChange, Change: &collaboration.Change{RemindersPaused: pause}}
	}
	if message.Fingerprint("a", command(&paused)) != message.Fingerprint("a", command(&other)) {
		t.Error("equal commands have different fingerprints")
	}
	if message.Fingerprint("a", command(&paused)) == message.Fingerprint("a", command(nil)) {
		t.Error("different commands have one fingerprint")
	}
	if message.Fingerprint("a", "bc") == message.Fingerprint("ab", "c") {
		t.Error("the parts are not separated")
	}
	if id := message.NewID("a"); len(id) != 32 {
		t.Errorf("an ID of %d characters", len(id))
	}
}
