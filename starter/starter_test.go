package starter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/starter"
)

var subject = collaboration.Subject{OfficeID: "office", CustomerID: "customer", SolutionID: "solution"}

// newOrder returns an order of the same subject for a new activation.
func newOrder() collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID(subject.OfficeID, subject.CustomerID, subject.SolutionID),
		OfficeID:   subject.OfficeID, CustomerID: subject.CustomerID, SolutionID: subject.SolutionID,
	}
}

func TestStart_RejectsSecondExecution(t *testing.T) {
	t.Parallel()
	temporal := &server{}
	s := starter.New(temporal, time.Second)
	first, second := newOrder(), newOrder()
	if err := s.Start(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, order := range []collaboration.Order{second, first} {
		err := s.Start(t.Context(), order)
		var e *collaboration.Error
		if !errors.As(err, &e) || e.Code != collaboration.CodeActivationExists || e.Activation != first.Activation {
			t.Errorf("%#v, want activation_exists and the activation %s", err, first.Activation)
		}
	}
	if temporal.starts != 1 {
		t.Errorf("%d executions were started, want 1", temporal.starts)
	}
	temporal.close(first.Activation.WorkflowID(), enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	if err := s.Start(t.Context(), second); err != nil || temporal.starts != 2 {
		t.Errorf("after the first execution closed: %v, %d executions were started", err, temporal.starts)
	}
}

// The same event and the same notification are sent once, also after their execution has
// closed: the store reports an event again when a step is repeated.
func TestStartOnce_HasOneEffect(t *testing.T) {
	t.Parallel()
	delivery := collaboration.WebhookDelivery{Webhook: "hook", Activation: newOrder().Activation, Sequence: 7, Subject: subject}
	notification := collaboration.Notification{Activation: newOrder().Activation, Kind: collaboration.NotificationAskedAgain, Number: 2}
	for name, start := range map[string]func(context.Context, *starter.Starter) error{
		"webhook": func(ctx context.Context, s *starter.Starter) error { return s.DeliverWebhook(ctx, delivery, "") },
		"replay": func(ctx context.Context, s *starter.Starter) error {
			return s.DeliverWebhook(ctx, delivery, "replay-1")
		},
		"notification": func(ctx context.Context, s *starter.Starter) error {
			return s.SendNotification(ctx, subject, notification)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			temporal := &server{}
			s := starter.New(temporal, time.Second)
			for range 2 { // the second finds a running execution
				if err := start(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			for id := range temporal.executions {
				temporal.close(id, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
			}
			if err := start(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if temporal.starts != 1 {
				t.Errorf("%d executions were started, want 1", temporal.starts)
			}
			temporal.down = serviceerror.NewUnavailable("down")
			if err := start(t.Context(), s); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
				t.Errorf("without Temporal: %v, want unavailable", err)
			}
		})
	}
}

// The tasks of each execution wait in their office's turn.
func TestStarts_NameOffice(t *testing.T) {
	t.Parallel()
	order := newOrder()
	long := order
	long.Activation, long.OfficeID = newOrder().Activation, strings.Repeat("o", 65)
	temporal := &server{}
	s := starter.New(temporal, time.Second)
	for _, err := range []error{
		s.Start(t.Context(), order),
		s.DeliverWebhook(t.Context(), collaboration.WebhookDelivery{Webhook: "hook", Activation: order.Activation, Subject: subject}, ""),
		s.SendNotification(t.Context(), subject, collaboration.Notification{Activation: order.Activation, Kind: collaboration.NotificationAskedAgain}),
		s.SendDirectoryMail(t.Context(), message.DirectoryMail{OfficeID: "office", ID: "mail"}),
		s.SyncAccess(t.Context(), message.AccessChanges{OfficeID: "office"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for id, e := range temporal.executions {
		if got := e.options.Priority.FairnessKey; got != "office" {
			t.Errorf("%s has the fairness key %q", id, got)
		}
	}
	temporal.executions = nil
	if err := s.Start(t.Context(), long); err != nil {
		t.Error(err)
	}
	for _, e := range temporal.executions {
		if got := e.options.Priority.FairnessKey; len(got) != 64 { // Temporal's limit
			t.Errorf("the fairness key of a long id is %q", got)
		}
	}
}

func TestDeliverWebhook_ReplayIsAnotherDelivery(t *testing.T) {
	t.Parallel()
	temporal := &server{}
	s := starter.New(temporal, time.Second)
	delivery := collaboration.WebhookDelivery{Webhook: "hook", Activation: newOrder().Activation, Sequence: 7}
	next := delivery
	next.Sequence++
	for _, err := range []error{
		s.DeliverWebhook(t.Context(), delivery, ""), s.DeliverWebhook(t.Context(), delivery, "replay-1"),
		s.DeliverWebhook(t.Context(), delivery, "replay-2"), s.DeliverWebhook(t.Context(), next, ""),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if temporal.starts != 4 {
		t.Errorf("%d executions were started, want 4", temporal.starts)
	}
}

// A notification of the workflow and one of the API must have the same execution. So the
// ID is the notification's own.
func TestSendNotification_UsesIDOfNotification(t *testing.T) {
	t.Parallel()
	temporal := &server{}
	notification := collaboration.Notification{Activation: newOrder().Activation, Kind: collaboration.NotificationAskedAgain}
	if err := starter.New(temporal, time.Second).SendNotification(t.Context(), subject, notification); err != nil {
		t.Fatal(err)
	}
	if temporal.executions[notification.WorkflowID()] == nil {
		t.Errorf("no execution has the ID %s", notification.WorkflowID())
	}
}

// Without a worker, the status has only the values that Temporal stores.
func TestStatus_WithoutWorker(t *testing.T) {
	t.Parallel()
	for status, want := range map[enums.WorkflowExecutionStatus]collaboration.State{
		enums.WORKFLOW_EXECUTION_STATUS_RUNNING:    collaboration.Activating,
		enums.WORKFLOW_EXECUTION_STATUS_TERMINATED: collaboration.Failed,
	} {
		temporal := &server{}
		s := starter.New(temporal, time.Second)
		order := newOrder()
		if err := s.Start(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		temporal.close(order.Activation.WorkflowID(), status)
		got, err := s.Status(t.Context(), order.Activation)
		if err != nil || got.State != want || got.Activation != order.Activation {
			t.Errorf("%s: %+v, %v; want the state %s", status, got, err, want)
		}
		if _, err := s.Status(t.Context(), newOrder().Activation); collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
			t.Errorf("%s: the status of another activation of the subject is %v, want activation_not_found", status, err)
		}
	}
}
