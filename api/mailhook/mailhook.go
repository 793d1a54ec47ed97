package mailhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/problem"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// maxEvents bounds a request body, in bytes.
const maxEvents = 1 << 20

// Parser verifies and parses the provider's request. It fails with CodeForgedEvent
// if the signature is invalid.
type Parser interface {
	Read(header http.Header, body []byte) ([]collaboration.MailEvent, error)
}

// Store stores an event. It returns the command that reports the event to the
// workflow, or nil.
type Store interface {
	RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (*message.Command, error)
}

// Workflows sends commands as Signals.
type Workflows interface {
	SignalCommand(ctx context.Context, c message.Command) error
}

// Handler receives mail events.
type Handler struct {
	parser    Parser
	store     Store
	workflows Workflows
	timeout   time.Duration
}

// New returns a handler. Without a parser it answers 404. timeout bounds the work for
// one event.
func New(p Parser, s Store, w Workflows, timeout time.Duration) *Handler {
	return &Handler{p, s, w, timeout}
}

// Mount registers the route.
func (h *Handler) Mount(r gin.IRoutes) { r.POST("/webhooks/sendgrid", h.serve) }

// serve answers 204 only after all events are stored and reported; after any other
// status the provider sends the same events again.
func (h *Handler) serve(c *gin.Context) {
	if err := h.receive(c); err != nil {
		problem.Write(c.Writer, c.Request, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (h *Handler) receive(c *gin.Context) error {
	if h.parser == nil {
		return &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxEvents))
	if err != nil {
		return problem.Unreadable(err)
	}
	events, err := h.parser.Read(c.Request.Header, body)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := h.process(c.Request.Context(), e); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) process(ctx context.Context, e collaboration.MailEvent) error {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	command, err := h.store.RecordMailEvent(ctx, e)
	if err != nil || command == nil {
		return err
	}
	err = h.workflows.SignalCommand(ctx, *command)
	if errors.Is(err, &collaboration.Error{Code: collaboration.CodeActivationNotFound}) {
		return nil // the workflow execution is closed
	}
	return err
}
