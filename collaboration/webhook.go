package collaboration

import (
	"encoding/json"
	"fmt"
	"time"
)

// Webhook is an office's URL that receives events.
type Webhook struct {
	ID        string
	OfficeID  string
	URL       string
	CreatedBy string
	CreatedAt time.Time
	// DisabledAt is zero for an enabled webhook.
	DisabledAt time.Time
	// LastFailure is the last time that a delivery was given up; zero for never.
	LastFailure time.Time
}

// WebhookDelivery is the delivery of one event to one webhook.
type WebhookDelivery struct {
	Webhook    string       `json:"webhook"`
	Activation ActivationID `json:"activation"`
	Sequence   int          `json:"sequence"`
	// Subject is the value of the search attributes, and not part of the payload.
	Subject Subject `json:"-"`
}

// Event returns the ID of the event, the same for every webhook and every attempt.
func (d WebhookDelivery) Event() string { return fmt.Sprintf("%s:%d", d.Activation, d.Sequence) }

// WebhookPost is the request of a delivery.
type WebhookPost struct {
	Office string
	URL    string
	Secret string
	Event  string
	Body   []byte
}

// webhookTypes has the event type of each action that webhooks receive.
var webhookTypes = map[Action]string{
	ActionRequested:          "activation.requested",
	ActionInvitationSent:     "invitation.sent",
	ActionMailDelivered:      "mail.delivered",
	ActionMailBounced:        "mail.bounced",
	ActionAddressCorrected:   "invitation.corrected",
	ActionForwarded:          "invitation.forwarded",
	ActionHandedOn:           "invitation.handed_on",
	ActionChanged:            "activation.changed",
	ActionApproved:           "invitation.approved",
	ActionAgreementStarted:   "collaboration.started",
	ActionTakenOver:          "collaboration.taken_over",
	ActionAgreementRenewed:   "collaboration.renewed",
	ActionChangeProposed:     "change.proposed",
	ActionChangeApproved:     "change.approved",
	ActionChangeDeclined:     "change.declined",
	ActionChangeWithdrawn:    "change.withdrawn",
	ActionChangeExpired:      "change.expired",
	ActionChangeLapsed:       "change.lapsed",
	ActionNoticeGiven:        "collaboration.notice_given",
	ActionNoticeRevoked:      "collaboration.notice_revoked",
	ActionEndSet:             "collaboration.end_set",
	ActionCollaborationEnded: "collaboration.ended",
	ActionClosed:             "activation.closed",
}

// IsPublished reports whether webhooks receive the event of an action.
func (a Action) IsPublished() bool { return webhookTypes[a] != "" }

// WebhookBody returns the JSON of an event for webhooks: opaque ids and dates, without
// personal data. Repeated calls return the same bytes.
func (r Activation) WebhookBody(e Event) ([]byte, error) {
	type data struct {
		Activation ActivationID    `json:"activation_id"`
		Office     string          `json:"office_id"`
		Customer   string          `json:"customer_id"`
		Solution   string          `json:"solution_id"`
		Sequence   int             `json:"sequence"`
		By         string          `json:"by"`
		Detail     json.RawMessage `json:"detail"`
		SignedHead string          `json:"signed_head,omitempty"`
	}
	return json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      data      `json:"data"`
	}{webhookTypes[e.Action], e.At, data{r.ID, r.OfficeID, r.CustomerID, r.SolutionID, e.Sequence, e.By, json.RawMessage(e.Detail), e.SignedHead}})
}
