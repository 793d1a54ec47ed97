package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/app"
	"countersign/internal/app/directory"
)

func (o *office) Customer(context.Context, string, string) (collaboration.Customer, error) {
	return collaboration.Customer{Administrators: []collaboration.Administrator{{ID: "a-1", Contact: collaboration.Contact{Name: "Eva", Email: "eva@ek.example", Phone: "0701234567"}}}}, nil
}

func (o *office) EditAdministrator(_ context.Context, _ domain.By, _, _ string, _ domain.Administrator, change string, _ []int) error {
	o.order = append(o.order, strings.TrimSuffix("store "+change[:min(len(change), 7)], " "))
	return nil
}

func (o *office) SendDirectoryMail(_ context.Context, m message.DirectoryMail) error {
	o.order = append(o.order, "mail "+string(m.Kind))
	return o.down
}

func (o *office) TakeMail(_ context.Context, to, _ string) time.Duration {
	o.order = append(o.order, "count "+to)
	return o.wait
}

// The mails about a changed address are durable before the change is stored.
func TestEditAdministrator_StartsMailsFirst(t *testing.T) {
	t.Parallel()
	const counted = "count eva@ek.example, "
	for name, tt := range map[string]struct {
		id, email string
		office    office
		want      string
		code      collaboration.Code
	}{
		"another address":       {"a-1", "eva@ny.example", office{}, counted + "count eva@ny.example, mail old_address, mail new_address, store address", ""},
		"the same address":      {"a-1", "EVA@ek.example", office{}, "store", ""},
		"unknown administrator": {"a-2", "eva@ny.example", office{}, "store", ""},
		"over the limit":        {"a-1", "eva@ny.example", office{wait: time.Minute}, "count eva@ek.example", collaboration.CodeRateLimited},
		"Temporal is down":      {"a-1", "eva@ny.example", office{down: &collaboration.Error{Code: collaboration.CodeUnavailable}}, counted + "count eva@ny.example, mail old_address", collaboration.CodeUnavailable},
	} {
		o := &tt.office
		d := directory.New(directory.Config{Store: o, Mails: o, Limiter: o, Customers: o, Timeout: time.Minute})
		a := domain.Administrator{Contact: collaboration.Contact{Name: "Eva", Email: tt.email, Phone: "0701234567"}}
		err := d.EditAdministrator(t.Context(), collaboration.Employee{OfficeID: "office-1"}, "c-1", tt.id, a, app.Precondition{}, nil)
		if got := strings.Join(o.order, ", "); got != tt.want || collaboration.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, %q, want %q", name, err, got, tt.want)
		}
	}
}
