package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// maxEvents bounds one post of mail events, in bytes.
const maxEvents = 1 << 20

// takeMailEvents takes what the mail provider says of mails. It answers 204
// only when everything is recorded and reported: otherwise the provider posts
// the same again.
func (s *Server) takeMailEvents(c *gin.Context) {
	if s.MailEvents == nil {
		writeProblem(c, &collaboration.Error{Code: collaboration.CodeNotFound})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxEvents))
	if err != nil {
		writeProblem(c, unreadable(err))
		return
	}
	events, err := s.MailEvents.Read(c.Request.Header, body)
	if err != nil {
		writeProblem(c, err)
		return
	}
	for _, e := range events {
		if err := s.takeMailEvent(c, e); err != nil {
			writeProblem(c, err)
			return
		}
	}
	c.Status(http.StatusNoContent)
}

func (s *Server) takeMailEvent(c *gin.Context, e collaboration.MailEvent) error {
	ctx, cancel := s.messaging(c.Request.Context())
	defer cancel()
	report, err := s.Facts.RecordMailEvent(ctx, e)
	if err != nil || report == nil {
		return err
	}
	err = s.Starter.Report(ctx, *report)
	if errors.Is(err, &collaboration.Error{Code: collaboration.CodeActivationNotFound}) {
		return nil // it is over
	}
	return err
}
