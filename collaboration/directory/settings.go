package directory

import (
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
)

// The bounds of an office's settings. InvitationDays is at most
// collaboration.MaxInvitationLifetime.
const (
	minInvitationDays = 7
	maxReminders      = 5
	maxSenderName     = 70
)

// Settings are the settings of an office.
type Settings struct {
	// Name is what customers see.
	Name string
	// Locale is the default language of invitations, and that of mails to employees.
	Locale collaboration.Locale
	// Email and Phone are where customers ask questions; "" for none. Email is also the
	// Reply-To of mails.
	Email, Phone string
	// SenderName is the name of the sender of mails; "" for the office's name.
	SenderName string
	// InvitationDays is the time to answer an invitation.
	InvitationDays int
	// ReminderDays are the days of the reminders after the invitation, in order.
	ReminderDays []int
	// DefaultPayer is the invoice recipient that forms suggest; "" for that of the solution.
	DefaultPayer collaboration.InvoiceRecipient
	Notify       collaboration.Notified
	// Version rises with each change.
	Version int
}

// Clean removes surrounding space, and sorts the reminders.
func (s Settings) Clean() Settings {
	s.Name, s.Email, s.SenderName = strings.TrimSpace(s.Name), strings.TrimSpace(s.Email), strings.TrimSpace(s.SenderName)
	s.Phone = collaboration.Contact{Phone: s.Phone}.Clean().Phone
	s.ReminderDays = slices.Clone(s.ReminderDays)
	slices.Sort(s.ReminderDays)
	s.ReminderDays = slices.Compact(s.ReminderDays)
	return s
}

// Check returns every invalid field of clean settings.
func (s Settings) Check() error {
	var wrong collaboration.FieldErrors
	wrong.CheckText("name", s.Name, maxPersonName, collaboration.ValidName)
	if !s.Locale.Valid() {
		wrong.Add("locale", collaboration.CodeInvalidChoice)
	}
	if s.Email != "" && !collaboration.ValidEmail(s.Email) {
		wrong.Add("email", collaboration.CodeInvalidFormat)
	}
	if s.Phone != "" && !collaboration.ValidPhone(s.Phone) {
		wrong.Add("phone", collaboration.CodeInvalidFormat)
	}
	if s.SenderName != "" {
		wrong.CheckText("sender_name", s.SenderName, maxSenderName, collaboration.ValidName)
	}
	maxDays := int(collaboration.MaxInvitationLifetime / (24 * time.Hour))
	if s.InvitationDays < minInvitationDays || s.InvitationDays > maxDays {
		wrong.Add("invitation_days", collaboration.CodeInvalidChoice)
	}
	outOfRange := func(day int) bool { return day < 1 || day >= s.InvitationDays }
	if len(s.ReminderDays) > maxReminders || slices.ContainsFunc(s.ReminderDays, outOfRange) {
		wrong.Add("reminder_days", collaboration.CodeInvalidChoice)
	}
	if s.DefaultPayer != "" && !s.DefaultPayer.Valid() {
		wrong.Add("default_payer", collaboration.CodeInvalidChoice)
	}
	if !s.Notify.Valid() {
		wrong.Add("notify", collaboration.CodeInvalidChoice)
	}
	return wrong.Err()
}

// Defaults returns what the settings mean for new activations.
func (s Settings) Defaults() collaboration.OfficeDefaults {
	rules := collaboration.CurrentRules()
	rules.InvitationLifetime = time.Duration(s.InvitationDays) * 24 * time.Hour
	rules.ReminderAfter = nil
	for _, day := range s.ReminderDays {
		rules.ReminderAfter = append(rules.ReminderAfter, time.Duration(day)*24*time.Hour)
	}
	return collaboration.OfficeDefaults{Rules: rules, InvoiceRecipient: s.DefaultPayer}
}
