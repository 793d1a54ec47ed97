package api_test

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func (w *world) Start(_ context.Context, o collaboration.Order) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Start"); err != nil {
		return err
	}
	if w.onStart != nil {
		if err := w.onStart(o); err != nil {
			return err
		}
	}
	w.started = append(w.started, o)
	return nil
}

func (w *world) SendCommand(_ context.Context, c message.Command) (message.Status, error) {
	if c.Kind == collaboration.CommandDecide {
		return w.decide(*c.Decision)
	}
	return w.take(string(c.Kind), c)
}

func (w *world) decide(d collaboration.Decision) (message.Status, error) {
	if w.onMessage != nil {
		w.onMessage()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decisions = append(w.decisions, d)
	err := w.called("decide")
	if counted := w.statuses[d.Activation]; w.first && counted.Decision != nil {
		return counted, &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	}
	if err == nil {
		s := w.status
		s.Decision, s.Activation = &d, d.Activation
		w.statuses[d.Activation] = s
		return s, nil
	}
	return w.status, err
}

func (w *world) take(what string, m any) (message.Status, error) {
	if w.onMessage != nil {
		w.onMessage()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = append(w.messages, m)
	return w.status, w.called(what)
}

func (w *world) SignalCommand(_ context.Context, c message.Command) error {
	_, err := w.take(string(c.Kind), c)
	return err
}

func (w *world) StartBatch(_ context.Context, office, id string) error {
	_, err := w.take("StartBatch", office+" "+id)
	return err
}

func (w *world) DeliverWebhook(_ context.Context, d collaboration.WebhookDelivery, replay string) error {
	_, err := w.take("DeliverWebhook", d.Webhook+" "+d.Event()+" "+replay)
	return err
}

func (w *world) SendNotification(_ context.Context, _ collaboration.Subject, l collaboration.Notification) error {
	_, err := w.take("SendNotification", l)
	return err
}

func (w *world) Status(_ context.Context, id collaboration.ActivationID) (message.Status, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onAsk != nil {
		w.onAsk()
	}
	s, ok := w.statuses[id]
	if err := w.called("Status"); err != nil {
		return s, err
	}
	if !ok {
		return s, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return s, nil
}

func (f facts) SendDirectoryMail(_ context.Context, m message.DirectoryMail) error {
	f.announced = append(f.announced, m)
	return f.called("SendDirectoryMail")
}
