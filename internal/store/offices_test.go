package store_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
)

// An operator adds an office; its manager has the rights of one, and may be in no other
// office.
func TestOffices_AddRenameDeactivate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		offices := b.Offices()
		before, err := offices.Count(ctx)
		must(t, err)
		id, err := offices.Add(ctx, collaboration.NewOffice{Name: " Byrån AB ", ManagerEmail: "Chef@byran-ab.example", Locale: collaboration.English})
		must(t, err)
		p, err := b.Person(ctx, "chef@byran-ab.example")
		if err != nil || p.Employee == nil || p.Employee.OfficeID != id || p.Employee.Role != collaboration.RoleManager || p.Employee.OfficeLocale != collaboration.English {
			t.Fatalf("%+v, %v", p, err)
		}
		must(t, offices.Rename(ctx, id, "Byrån"))
		all, err := offices.List(ctx)
		must(t, err)
		if len(all) != before+1 {
			t.Errorf("%d offices, want %d", len(all), before+1)
		}
		for _, o := range all {
			if o.ID == id && (o.Name != "Byrån" || o.Employees != 1 || o.Locale != collaboration.English || !o.DeactivatedAt.IsZero()) {
				t.Errorf("%+v", o)
			}
		}
		must(t, offices.SetActive(ctx, id, false))
		if p, err := b.Person(ctx, "chef@byran-ab.example"); err != nil || p.Employee != nil {
			t.Errorf("a deactivated office: %+v, %v", p, err)
		}
		must(t, offices.SetActive(ctx, id, true))
		if p, err := b.Person(ctx, "chef@byran-ab.example"); err != nil || p.Employee == nil {
			t.Errorf("activated again: %+v, %v", p, err)
		}
		var changes int
		must(t, b.raw.QueryRowContext(ctx, "SELECT COUNT(*) FROM directory_changes WHERE office_id = $1 AND actor = 'operator'", id).Scan(&changes))
		if changes != 4 {
			t.Errorf("%d audit rows, want one for each of 4 changes", changes)
		}
	})
}

// An invalid change names every invalid field and changes nothing.
func TestOffices_RejectInvalidChanges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		offices := b.Offices()
		before, err := offices.Count(ctx)
		must(t, err)
		for name, tt := range map[string]struct {
			office collaboration.NewOffice
			want   string
		}{
			"nothing":                      {collaboration.NewOffice{}, "invalid_request: name required, manager_name required, manager required"},
			"wrong":                        {collaboration.NewOffice{Name: strings.Repeat("x", 101), ManagerEmail: "chef@", Locale: "fi"}, "invalid_request: name too_long, manager invalid_format, locale invalid_choice"},
			"an address of another office": {collaboration.NewOffice{Name: "B", ManagerEmail: "MAJA@ekstroms.example"}, "invalid_request: manager duplicate"},
		} {
			_, err := offices.Add(ctx, tt.office)
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
		for name, err := range map[string]error{
			"rename":     offices.Rename(ctx, "office-none", "B"),
			"deactivate": offices.SetActive(ctx, "office-none", false),
		} {
			if collaboration.CodeOf(err) != collaboration.CodeNotFound {
				t.Errorf("%s an unknown office: %v", name, err)
			}
		}
		if err := offices.Rename(ctx, office, " "); collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
			t.Errorf("an empty name: %v", err)
		}
		after, err := offices.Count(ctx)
		must(t, err)
		var changes int
		must(t, b.raw.QueryRowContext(ctx, "SELECT COUNT(*) FROM directory_changes").Scan(&changes))
		if after != before || changes != 0 {
			t.Errorf("%d offices, before %d; %d audit rows", after, before, changes)
		}
	})
}
