package collaboration

import (
	"encoding/json"
	"fmt"
	"time"
)

// WebhookQueue carries deliveries to other systems, apart from everything else.
const WebhookQueue = "webhooks"

// WebhookWorkflowType delivers one event to one webhook.
const WebhookWorkflowType = "WebhookWorkflow"

// Webhook is an address of an office's own that is told what happens.
type Webhook struct {
	ID        string
	OfficeID  string
	URL       string
	CreatedBy string
	CreatedAt time.Time
	// DisabledAt is when it was disabled; zero while it is told.
	DisabledAt time.Time
	// LastFailure is when an event was given up; zero for never.
	LastFailure time.Time
}

// WebhookDelivery is one event on its way to one webhook.
type WebhookDelivery struct {
	Webhook    string       `json:"webhook"`
	Activation ActivationID `json:"activation"`
	Sequence   int          `json:"sequence"`
	// Subject is what operators find the delivery by; it is no part of it.
	Subject Subject `json:"-"`
}

// Event is the event's own id: the same for every webhook and every attempt.
func (d WebhookDelivery) Event() string { return fmt.Sprintf("%s:%d", d.Activation, d.Sequence) }

// WebhookPost is all that a delivery sends.
type WebhookPost struct {
	URL    string
	Secret string
	Event  string
	Body   []byte
}

// webhookTypes are the events that other systems are told of, by what the audit
// calls them.
var webhookTypes = map[Action]string{
	ActionRequested:          "activation.requested",
	ActionInvitationSent:     "invitation.sent",
	ActionMailDelivered:      "mail.delivered",
	ActionMailBounced:        "mail.bounced",
	ActionAddressCorrected:   "invitation.corrected",
	ActionForwarded:          "invitation.forwarded",
	ActionChanged:            "activation.changed",
	ActionAgreementStarted:   "collaboration.started",
	ActionAgreementRenewed:   "collaboration.renewed",
	ActionNoticeGiven:        "collaboration.notice_given",
	ActionNoticeTakenBack:    "collaboration.notice_taken_back",
	ActionEndSet:             "collaboration.end_set",
	ActionCollaborationEnded: "collaboration.ended",
	ActionClosed:             "activation.closed",
}

// Told reports whether other systems are told of an action.
func (a Action) Told() bool { return webhookTypes[a] != "" }

// WebhookBody is what a webhook is told of an event: opaque ids and dates, and
// nothing personal. It is the same whenever it is made.
func (r Record) WebhookBody(e Event) ([]byte, error) {
	type data struct {
		Activation ActivationID    `json:"activation_id"`
		Office     string          `json:"office_id"`
		Customer   string          `json:"customer_id"`
		Solution   string          `json:"solution_id"`
		Sequence   int             `json:"sequence"`
		By         string          `json:"by"`
		Detail     json.RawMessage `json:"detail"`
	}
	return json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      data      `json:"data"`
	}{webhookTypes[e.Action], e.At, data{r.ID, r.OfficeID, r.CustomerID, r.SolutionID, e.Sequence, e.By, json.RawMessage(e.Detail)}})
}
