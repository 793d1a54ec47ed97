package directory

import (
	"context"
	"encoding/json"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Settings returns the settings of an office.
func (d Directory) Settings(ctx context.Context, officeID string) (directory.Settings, error) {
	row, err := d.read.OfficeSettings(ctx, officeID)
	if err != nil {
		return directory.Settings{}, sqldb.Failure(notFound(err, collaboration.CodeNotFound))
	}
	return toSettings(row)
}

// SaveSettings replaces the settings of an office.
func (d Directory) SaveSettings(ctx context.Context, by directory.By, s directory.Settings, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		row, err := x.OfficeSettings(ctx, by.OfficeID)
		if err != nil {
			return err
		}
		if err := checkVersion(row.Version, versions); err != nil {
			return err
		}
		old, err := toSettings(row)
		if err != nil {
			return err
		}
		changed := changedFields(
			field{"name", old.Name != s.Name}, field{"locale", old.Locale != s.Locale}, field{"email", old.Email != s.Email}, field{"phone", old.Phone != s.Phone},
			field{"sender_name", old.SenderName != s.SenderName}, field{"invitation_days", old.InvitationDays != s.InvitationDays},
			field{"reminder_days", !slices.Equal(old.ReminderDays, s.ReminderDays)}, field{"default_payer", old.DefaultPayer != s.DefaultPayer}, field{"notify", old.Notify != s.Notify},
		)
		if len(changed) == 0 {
			return nil
		}
		days, err := json.Marshal(append([]int{}, s.ReminderDays...))
		if err != nil {
			return err
		}
		err = x.SaveOfficeSettings(ctx, db.SaveOfficeSettingsParams{ID: by.OfficeID, Name: s.Name, Locale: string(s.Locale), Email: s.Email, Phone: s.Phone, SenderName: s.SenderName,
			InvitationDays: s.InvitationDays, ReminderDays: string(days), DefaultPayer: string(s.DefaultPayer), Notify: string(s.Notify)})
		if err != nil {
			return err
		}
		return x.record(ctx, "settings_edited", by.OfficeID, map[string]any{"fields": changed})
	})
}

func toSettings(row db.Office) (directory.Settings, error) {
	s := directory.Settings{Name: row.Name, Locale: collaboration.Locale(row.Locale), Email: row.Email, Phone: row.Phone, SenderName: row.SenderName,
		InvitationDays: row.InvitationDays, DefaultPayer: collaboration.InvoiceRecipient(row.DefaultPayer), Notify: collaboration.Notified(row.Notify), Version: row.Version}
	return s, json.Unmarshal([]byte(row.ReminderDays), &s.ReminderDays)
}
