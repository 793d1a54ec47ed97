package administration

import (
	"context"
	"net/http"
	"slices"
	"time"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

const webhooksPath = "/office/webhooks"

// WebhookStore reads and changes webhooks without a use case.
type WebhookStore interface {
	Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error)
	RemoveWebhook(ctx context.Context, officeID, id, by string) error
	EnableWebhook(ctx context.Context, officeID, id, by string) error
}

// webhooks are the pages of the office's webhooks.
type webhooks struct {
	app     *app.Webhooks
	store   WebhookStore
	timeout time.Duration // of one call of the store
}

// webhooksPage lists the webhooks and has the form of a new one.
type webhooksPage struct {
	tabPage
	Rows   []collaboration.Webhook
	Fields []view.Field
	Errors view.Errors
	// Secret is the secret of the webhook that was just added, and URL its address.
	Secret, URL string
}

func (h webhooks) list(v *page.Context) error {
	return h.render(v, http.StatusOK, webhooksPage{}, nil)
}

// add adds a webhook. The response alone shows its secret.
func (h webhooks) add(v *page.Context) error {
	form := page.NewFormReader(v.FormValue)
	address := form.Text("url")
	added, err := h.app.Add(v.Context(), request.Employee(v.Context()), address, form.Invalid)
	if err != nil {
		return h.render(v, problem.Report(v.Context(), err).Status, webhooksPage{}, err)
	}
	return h.render(v, http.StatusCreated, webhooksPage{Secret: added.Secret, URL: added.URL}, nil)
}

func (h webhooks) all(v *page.Context) ([]collaboration.Webhook, error) {
	return app.CallWithin(v.Context(), h.timeout, func(ctx context.Context) ([]collaboration.Webhook, error) {
		return h.store.Webhooks(ctx, request.Employee(ctx).OfficeID)
	})
}

func (h webhooks) render(v *page.Context, status int, p webhooksPage, wrong error) (err error) {
	if p.Rows, err = h.all(v); err != nil {
		return err
	}
	address := entry.Text(v.Locale, "url", "")
	address.Type, address.Hint = "url", i18n.Text(v.Locale, "webhooks.url.hint")
	p.tabPage, p.Fields = newTabPage(v, "webhooks"), []view.Field{address}
	if wrong != nil || v.HasDraft() {
		p.Fields[0].Value = v.FormValue("url")
	}
	if wrong != nil {
		if p.Errors = page.MarkErrors(wrong, v.Locale, &p.Fields[0]); len(p.Errors) == 0 {
			p.Problem = i18n.CodeText(v.Locale, collaboration.CodeOf(wrong))
		}
	}
	return v.Render(status, "office/webhooks", p)
}

// changeWebhook is the confirmation of a removal, or of enabling a disabled webhook.
type changeWebhook struct {
	webhooks
	// name is part of the texts "webhooks.<name>.…".
	name   string
	grave  bool
	change func(ctx context.Context, officeID, id, by string) error
}

func (h changeWebhook) Entry(v *page.Context) (entry.Entry, error) {
	all, err := h.all(v)
	if err != nil {
		return entry.Entry{}, err
	}
	i := slices.IndexFunc(all, func(w collaboration.Webhook) bool { return w.ID == v.Param("id") })
	if i < 0 {
		return entry.Entry{}, &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	text := func(key string, args ...any) string {
		return i18n.Text(v.Locale, "webhooks."+h.name+"."+key, args...)
	}
	return entry.Entry{Title: text("title", all[i].URL), Text: text("text"), Back: webhooksPath, BackLabel: label(v.Locale, "webhooks"),
		Button: text("button"), Grave: h.grave, Note: "saved"}, nil
}

func (h changeWebhook) Save(v *page.Context, _ *page.FormReader, _ app.Precondition) (string, error) {
	_, err := app.CallWithin(v.Context(), h.timeout, func(ctx context.Context) (struct{}, error) {
		e := request.Employee(ctx)
		return struct{}{}, h.change(ctx, e.OfficeID, v.Param("id"), e.ID)
	})
	return webhooksPath, err
}
