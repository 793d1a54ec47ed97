package present

import (
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// Event is one stored event.
type Event struct {
	Sequence int                  `json:"sequence" example:"1"`
	Action   collaboration.Action `json:"action" example:"requested"`
	By       string               `json:"by" example:"emp-maja" doc:"An employee's or administrator's id, system or operator."`
	At       time.Time            `json:"at"`
	Text     string               `json:"text" example:"Requested" doc:"For people, in the language of Accept-Language."`
}

// NewEvent presents an event, with its text in the language.
func NewEvent(e collaboration.Event, l collaboration.Locale) Event {
	return Event{e.Sequence, e.Action, e.By, e.At, i18n.Text(l, "action."+string(e.Action))}
}
