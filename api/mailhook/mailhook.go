package mailhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"countersign/api/problem"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// maxEvents bounds a request body, in bytes.
const maxEvents = 1 << 20

// Parser verifies and parses the provider's request.
type Parser interface {
	// MaySign reports whether the headers have a signature at all.
	MaySign(header http.Header) bool
	// Read fails with CodeForgedEvent if the signature is invalid. skipped is the number of
	// elements without an event for this program.
	Read(header http.Header, body []byte) (events []collaboration.MailEvent, skipped int, err error)
}

// Store stores an event. It returns the command that reports the event to the
// workflow, or nil.
type Store interface {
	RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (*message.Command, error)
	// MarkMailEventReported ends the reports of an event, which the provider may repeat.
	MarkMailEventReported(ctx context.Context, e collaboration.MailEvent) error
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
	events    metric.Int64Counter
}

// New returns a handler. Without a parser it answers 404. timeout bounds the work for
// one event.
func New(p Parser, s Store, w Workflows, timeout time.Duration, meter metric.Meter) (*Handler, error) {
	events, err := meter.Int64Counter("countersign.mail.events", metric.WithUnit("{event}"),
		metric.WithDescription("Events of the mail provider: stored, skipped because they are not understood, or refused by the database."))
	return &Handler{p, s, w, timeout, events}, err
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
	if !h.parser.MaySign(c.Request.Header) {
		return &collaboration.Error{Code: collaboration.CodeForgedEvent}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxEvents))
	if err != nil {
		return problem.Unreadable(err)
	}
	events, skipped, err := h.parser.Read(c.Request.Header, body)
	if err != nil {
		return err
	}
	h.count(c, "skipped", skipped)
	for _, e := range events {
		err := h.process(c.Request.Context(), e)
		switch {
		case err == nil:
			h.count(c, "stored", 1)
		case collaboration.CodeOf(err).Retryable():
			return err
		default: // a repetition would fail in the same way
			h.count(c, "refused", 1)
		}
	}
	return nil
}

func (h *Handler) count(c *gin.Context, result string, n int) {
	h.events.Add(context.WithoutCancel(c.Request.Context()), int64(n), metric.WithAttributes(attribute.String("result", result)))
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
		err = nil // the workflow execution is closed
	}
	if err != nil {
		return err
	}
	return h.store.MarkMailEventReported(ctx, e)
}
