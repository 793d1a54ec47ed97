package directory

import (
	"context"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// settings serves the settings of an office.
type settings struct{ handlers }

func (h settings) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/office", opGetSettings, h.getSettings)
	endpoint.Put(r.Managers, "/v1/office", opPutSettings, h.putSettings)
}

// OfficeSettings are the settings of an office.
type OfficeSettings struct {
	Name           string                         `json:"name" example:"Ekströms Redovisning" doc:"The name that customers see."`
	Locale         collaboration.Locale           `json:"locale" doc:"The default language of invitations, and the language of e-mail to employees."`
	Email          string                         `json:"email,omitempty" example:"hej@ekstroms.example" doc:"Where customers ask questions. It is the Reply-To of mails."`
	Phone          string                         `json:"phone,omitempty" example:"08-123 45 67"`
	SenderName     string                         `json:"sender_name,omitempty" doc:"The name before \"via Countersign\" in the sender of mails; without it the office's name."`
	InvitationDays int                            `json:"invitation_days" example:"30" doc:"The days to answer an invitation, 7 to 90."`
	ReminderDays   []int                          `json:"reminder_days" doc:"The days of the reminders after the invitation, at most five, each before the last day. One more reminder follows 48 hours before the expiry."`
	DefaultPayer   collaboration.InvoiceRecipient `json:"default_payer,omitempty" doc:"The invoice recipient that forms suggest; without it that of the solution."`
	Notify         string                         `json:"notify" enum:"sender_and_owner,sender,owner" doc:"The employees that receive the notifications about an activation: its sender, the owner of its task, or both."`
}

func (s OfficeSettings) settings() directory.Settings {
	return directory.Settings{Name: s.Name, Locale: s.Locale, Email: s.Email, Phone: s.Phone, SenderName: s.SenderName, InvitationDays: s.InvitationDays,
		ReminderDays: s.ReminderDays, DefaultPayer: s.DefaultPayer, Notify: collaboration.Notified(s.Notify)}
}

func viewSettings(s directory.Settings) OfficeSettings {
	return OfficeSettings{s.Name, s.Locale, s.Email, s.Phone, s.SenderName, s.InvitationDays, append([]int{}, s.ReminderDays...), s.DefaultPayer, string(s.Notify)}
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body OfficeSettings
}

var opGetSettings = endpoint.Operation{ID: "get-office", Tag: endpoint.TagEmployees, Summary: "Read the settings of the office", Text: "The name of the office, how customers reach it, and the defaults of its invitations."}

func (h settings) getSettings(ctx context.Context, _ *struct{}) (*settingsOutput, error) {
	s, err := h.directory.Settings(ctx, request.Employee(ctx))
	if err != nil {
		return nil, err
	}
	return &settingsOutput{endpoint.ETag(s.Version), viewSettings(s)}, nil
}

type putSettingsInput struct {
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

var opPutSettings = endpoint.Operation{ID: "put-office", Tag: endpoint.TagEmployees, Summary: "Replace the settings of the office",
	Text:     "Time limits apply to invitations that are requested from now on; names and contact data to every later mail. Managers only.",
	Consumes: "application/json", Body: OfficeSettings{},
	Example: OfficeSettings{Name: "Ekströms Redovisning", Locale: collaboration.Swedish, Email: "hej@ekstroms.example", Phone: "08-123 45 67", InvitationDays: 30, ReminderDays: []int{3, 7, 14}, Notify: "sender_and_owner"},
	Codes:   []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodePreconditionFailed}}

func (h settings) putSettings(ctx context.Context, in *putSettingsInput) (*settingsOutput, error) {
	body, invalid, err := endpoint.DecodeBody[OfficeSettings](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	s, err := h.directory.SaveSettings(ctx, request.Employee(ctx), body.settings(), in.Precondition(), invalid)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{endpoint.ETag(s.Version), viewSettings(s)}, nil
}
