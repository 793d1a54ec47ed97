package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"countersign/collaboration"
)

// IdempotencyKey is what a caller may send to repeat a POST safely.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" doc:"Your own name for this request, up to 255 printable characters." example:"5f1c7e0a-9d0b-4c38-8a34-1f0e6d2b7c11"`
}

const maxKey = 255

func (k IdempotencyKey) check() error {
	if len(k.Key) <= maxKey && !strings.ContainsFunc(k.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
		{Field: "Idempotency-Key", Code: collaboration.CodeInvalidFormat}}}
}

type activateInput struct {
	IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

// AcceptedView is an activation that the engine has taken. It is the same for
// a repeat of the request: read the activation to learn where it stands.
type AcceptedView struct {
	ID       collaboration.ActivationID `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State    collaboration.State        `json:"state" enum:"activating" doc:"The state in which every activation begins."`
	Scenario collaboration.Scenario     `json:"scenario" enum:"has_solution,on_platform,new_customer"`
	Links    ActivationLinks            `json:"links"`
}

// ActivationLinks are where to go on from.
type ActivationLinks struct {
	Self   string `json:"self" example:"/v1/activations/m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	Events string `json:"events,omitempty" example:"/v1/activations/m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg/events"`
}

func linksOf(id collaboration.ActivationID) ActivationLinks {
	return ActivationLinks{Self: activationPath(id), Events: activationPath(id) + "/events"}
}

type acceptedOutput struct {
	Location string `header:"Location"`
	Body     AcceptedView
}

func accepted(id collaboration.ActivationID, sc collaboration.Scenario) *acceptedOutput {
	return &acceptedOutput{activationPath(id), AcceptedView{ID: id, State: collaboration.Activating, Scenario: sc, Links: linksOf(id)}}
}

func (s *Server) activate(ctx context.Context, in *activateInput) (*acceptedOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := s.mayActivate(ctx, employeeOf(ctx).OfficeID); err != nil {
		return nil, err
	}
	request, misshapen, err := s.readRequest(in.RawBody)
	if err != nil {
		return nil, err
	}
	// Where the engine still carries an activation that the facts show as over,
	// it is about to let go of it. What that one undid may have changed the
	// form, so each try begins with the form.
	giveUp := time.Now().Add(s.Closing)
	for {
		out, err := s.tryActivate(ctx, in.Key, request, misshapen)
		if !s.closing(ctx, err) || time.Now().After(giveUp) {
			return out, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(s.Closing / 10):
		}
	}
}

func (s *Server) readRequest(raw []byte) (r collaboration.Request, misshapen []collaboration.FieldError, err error) {
	misshapen, err = shapeOf[collaboration.Request](s).decode(raw, &r)
	return r, misshapen, err
}

func (s *Server) tryActivate(ctx context.Context, key string, r collaboration.Request, misshapen []collaboration.FieldError) (*acceptedOutput, error) {
	order, to, err := s.order(ctx, r, misshapen)
	if err != nil && len(misshapen) > 0 {
		return nil, err
	}
	if err != nil {
		return s.inTheWay(ctx, key, r, err)
	}
	if key == "" {
		return s.start(ctx, order, to)
	}
	first, err := s.reserve(ctx, key, r, order.Activation)
	if err != nil {
		return nil, err
	}
	if first != order.Activation {
		if replay, found := s.replay(ctx, first); found {
			return replay, nil
		}
		order.Activation = first // reserved, but never seen to start
	}
	return s.start(ctx, order, to)
}

// order is what the request asks for and where its invitation goes, or every field that is wrong with it. A
// cached customer may be behind, and no good request is refused for that: what
// it refuses is judged once more by the facts.
func (s *Server) order(ctx context.Context, r collaboration.Request, misshapen []collaboration.FieldError) (order collaboration.Order, to string, err error) {
	order, to, err = s.orderFrom(ctx, s.Customers, r, misshapen)
	if status := collaboration.CodeOf(err).Status(); err != nil && status < http.StatusInternalServerError {
		return s.orderFrom(ctx, s.Facts, r, misshapen)
	}
	return order, to, err
}

func (s *Server) orderFrom(ctx context.Context, customers Customers, r collaboration.Request, misshapen []collaboration.FieldError) (order collaboration.Order, to string, err error) {
	employee := employeeOf(ctx)
	customer, solution, err := s.subject(ctx, customers, employee.OfficeID, r, misshapen)
	if err != nil {
		return order, "", err
	}
	taskOwner, err := s.taskOwner(ctx, customer, r.TaskID)
	if err != nil {
		return order, "", err
	}
	order, err = collaboration.NewOrder(r, customer, solution, taskOwner, s.Now())
	if err := withShape(err, misshapen); err != nil {
		return collaboration.Order{}, "", err
	}
	order.Activation = collaboration.NewActivationID(employee.OfficeID, customer.ID, solution.ID)
	order.RequestedBy = employee.ID
	if order.Contact != nil {
		return order, order.Contact.Email, nil
	}
	contact, _ := customer.MainContact() // the order has judged that
	return order, contact.Email, nil
}

// taskOwner is asked for where the customer has no such task.
func (s *Server) taskOwner(ctx context.Context, c collaboration.Customer, taskID string) (customerID string, err error) {
	return c.TaskOwner(taskID, func() (string, error) {
		return read(ctx, s.ReadTimeout, func(ctx context.Context) (string, error) { return s.Facts.TaskOwner(ctx, c.OfficeID, taskID) })
	})
}

// subject finds the customer and the solution. Without both there is no form
// to judge the rest by.
func (s *Server) subject(ctx context.Context, customers Customers, officeID string, r collaboration.Request, misshapen []collaboration.FieldError) (c collaboration.Customer, solution collaboration.Solution, err error) {
	found := true
	wrong := &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: misshapen}
	blame := func(field string, code collaboration.Code) {
		found = false
		wrong.Fields = mergeFields(wrong.Fields, []collaboration.FieldError{{Field: field, Code: code}})
		if code.Status() == http.StatusNotFound && wrong.Code == collaboration.CodeInvalidRequest {
			wrong.Code = code
		}
	}
	if r.CustomerID == "" {
		blame("customer_id", collaboration.CodeRequired)
	} else if c, err = s.customerFrom(ctx, customers, officeID, r.CustomerID); collaboration.CodeOf(err) == collaboration.CodeCustomerNotFound {
		blame("customer_id", collaboration.CodeCustomerNotFound)
	} else if err != nil {
		return c, solution, err
	}
	solution, known := s.Catalogue.Solution(r.SolutionID)
	if r.SolutionID == "" {
		blame("solution_id", collaboration.CodeRequired)
	} else if !known {
		blame("solution_id", collaboration.CodeSolutionNotFound)
	}
	if found {
		return c, solution, nil
	}
	if r.TaskID == "" {
		blame("task_id", collaboration.CodeRequired)
	}
	return c, solution, wrong
}

// withShape adds what has the wrong shape to what the domain found.
func withShape(err error, misshapen []collaboration.FieldError) error {
	if len(misshapen) == 0 {
		return err
	}
	wrong := &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: misshapen, Cause: err}
	if err != nil {
		wrong.Fields = mergeFields(misshapen, inCatalogue(err).Fields)
	}
	return wrong
}

// start hands the order to the engine, which refuses a second live one. The
// facts are asked too: they may know of one that the engine has lost.
func (s *Server) start(ctx context.Context, order collaboration.Order, to string) (*acceptedOutput, error) {
	live, err := s.liveActivation(ctx, order.OfficeID, order.CustomerID, order.SolutionID)
	if err == nil && live != "" && live != order.Activation {
		err = &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: live}
	}
	if err != nil {
		return nil, err
	}
	if err := s.mayMail(ctx, to, string(order.Activation)); err != nil {
		return nil, err
	}
	requestOf(ctx).activation = order.Activation
	err = s.message(ctx, func(ctx context.Context) error { return s.Starter.Start(ctx, order) })
	if e := (*collaboration.Error)(nil); errors.As(err, &e) && e.Code == collaboration.CodeActivationExists && e.Activation == order.Activation {
		err = nil // our own earlier attempt
	}
	if err != nil {
		return nil, err
	}
	return accepted(order.Activation, order.Scenario), nil
}

// closing reports whether a start was refused because of an activation that is
// over but for its last steps.
func (s *Server) closing(ctx context.Context, err error) bool {
	var e *collaboration.Error
	return errors.As(err, &e) && e.Code == collaboration.CodeActivationExists && s.over(ctx, e.Activation)
}

func (s *Server) message(ctx context.Context, send func(context.Context) error) error {
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	return send(ctx)
}

// over reports whether the facts know the activation, and know it as over.
func (s *Server) over(ctx context.Context, id collaboration.ActivationID) bool {
	r, err := s.record(ctx, id)
	return err == nil && !r.State.Live()
}

func (s *Server) record(ctx context.Context, id collaboration.ActivationID) (collaboration.Record, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.Record, error) { return s.Facts.Activation(ctx, id) })
}

// reserve binds the key to the request; for a repeat it is the first one's id.
func (s *Server) reserve(ctx context.Context, key string, r collaboration.Request, id collaboration.ActivationID) (collaboration.ActivationID, error) {
	office := employeeOf(ctx).OfficeID
	canonical, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(office+"\x00"), canonical...))
	return read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.ActivationID, error) {
		return s.Facts.ReserveKey(ctx, office, key, hex.EncodeToString(sum[:]), id, s.Now().UTC())
	})
}

func (s *Server) replay(ctx context.Context, id collaboration.ActivationID) (*acceptedOutput, bool) {
	r, err := s.record(ctx, id)
	if err != nil || r.OfficeID != employeeOf(ctx).OfficeID {
		return nil, false
	}
	return accepted(id, r.Scenario), true
}

// inTheWay answers a request whose form does not fit where an activation is
// live: that activation has changed the form. (It makes a new customer one that
// has the solution, which is asked for other fields.) It is a repeat of the
// request that started it, or a second one.
func (s *Server) inTheWay(ctx context.Context, key string, r collaboration.Request, wrong error) (*acceptedOutput, error) {
	if collaboration.CodeOf(wrong) != collaboration.CodeInvalidRequest || r.CustomerID == "" || r.SolutionID == "" {
		return nil, wrong
	}
	office := employeeOf(ctx).OfficeID
	live, err := s.liveActivation(ctx, office, r.CustomerID, r.SolutionID)
	if err != nil || live == "" {
		return nil, wrong
	}
	second := &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: live}
	if key == "" {
		return nil, second
	}
	fresh := collaboration.NewActivationID(office, r.CustomerID, r.SolutionID)
	first, err := s.reserve(ctx, key, r, fresh)
	if err != nil {
		return nil, err
	}
	if replay, found := s.replay(ctx, first); found {
		return replay, nil
	}
	return nil, second
}
