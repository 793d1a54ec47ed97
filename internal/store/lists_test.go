package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// allCustomers reads all pages.
func (b backend) allCustomers(t *testing.T, officeID, query string, limit int) []collaboration.Customer {
	t.Helper()
	var all []collaboration.Customer
	f := collaboration.CustomerFilter{Query: query, Page: collaboration.Page{Limit: limit}}
	for range 100 {
		page, next, err := b.Customers(ctx, officeID, f)
		must(t, err)
		if len(page) > limit {
			t.Fatalf("%d on a page of %d", len(page), limit)
		}
		if all = append(all, page...); next == "" {
			return all
		}
		f.Page.After = next
	}
	t.Fatal("the pages never end")
	return nil
}

func TestCustomers_PagedByName(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, err := b.OfficeDirectory().Import(ctx, maja, directory.ImportFile{Rows: []collaboration.ImportRow{ // a name that others have
			{OrganisationNumber: "1", Name: "Sjöbloms Rederi AB"}, {OrganisationNumber: "2", Name: "sjöbloms rederi ab"}, {OrganisationNumber: "3", Name: "Zäta"}, {OrganisationNumber: "4", Name: "Énergi AB"},
		}}, directory.ImportOptions{})
		must(t, err)
		all := b.allCustomers(t, office, "", 500)
		if len(all) != 18 {
			t.Fatalf("%d customers, want 18", len(all))
		}
		for limit := 1; limit < 8; limit++ {
			paged := b.allCustomers(t, office, "", limit)
			if fmt.Sprint(paged) != fmt.Sprint(all) {
				t.Errorf("in pages of %d it reads differently", limit)
			}
		}
		var last []string
		for _, c := range all[len(all)-4:] {
			last = append(last, strings.Fields(c.Name)[0])
		}
		if got := strings.Join(last, " "); got != "Zäta Åkessons Ärligt Östgöta" {
			t.Errorf("the last are %s", got)
		}
		for _, c := range all {
			if one := b.customer(t, c.ID); fmt.Sprint(one) != fmt.Sprint(c) {
				t.Errorf("in the list\n%+v\nalone\n%+v", c, one)
			}
		}
	})
}

func TestCustomers_Search(t *testing.T) {
	t.Parallel()
	type search struct {
		query string
		want  string
	}
	eachOnBoth(t, map[string]search{
		"part of a name":        {"KERAMIK", "c-1009"},
		"Swedish letters":       {"åKERI", "c-1002"},
		"start of a number":     {"559220", "c-1001"},
		"a number with hyphen":  {"559220-10", "c-1001"},
		"a pasted number":       {"\u202d559220\u20131007\u202c", "c-1001"},
		"a number with spaces":  {"559220\u00a010 07", "c-1001"},
		"a VAT number":          {"SE559220100701", "c-1001"},
		"a number with century": {"16559220-1007", "c-1001"},
		"a pasted name":         {"\u202aKeramik\u202c\u00a0", "c-1009"},
		"the end of a number":   {"201007", ""},
		"a percent sign":        {"%", ""},
		"an underscore":         {"_", ""},
		"an exclamation mark":   {"!", ""},
		"nothing of the kind":   {"xyz", ""},
		"another office's":      {"Västkustens", ""},
		"two":                   {"sj", "c-1006"},
		"a quote":               {"'", ""},
		"spaces around":         {"  keramik ", "c-1009"},
		"several, sorted by na": {"bygg", "c-1001"},
	}, func(t *testing.T, b backend, s search) {
		var ids []string
		for _, c := range b.allCustomers(t, office, s.query, 2) {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != s.want {
			t.Errorf("got %q, want %q", got, s.want)
		}
	})
}

func TestLists_IsolateOffices(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		_, err := b.Customer(ctx, "office-2", "c-1004")
		wantCode(t, err, collaboration.CodeCustomerNotFound)
		_, err = b.Customer(ctx, office, "c-9999")
		wantCode(t, err, collaboration.CodeCustomerNotFound)
		if all := b.allCustomers(t, "office-2", "", 10); len(all) != 1 || all[0].ID != "c-2001" {
			t.Errorf("office-2 sees %+v", all)
		}
		for task, want := range map[string]string{"t-1001-1": "c-1001", "t-2001-1": "", "t-0": ""} {
			if owner, err := b.TaskOwner(ctx, office, task); err != nil || owner != want {
				t.Errorf("owner of %s: %q, %v", task, owner, err)
			}
		}
		if page, _, err := b.Activations(ctx, "office-2", collaboration.ActivationFilter{}); err != nil || len(page) != 0 {
			t.Errorf("office-2 sees %+v, %v", page, err)
		}
		// Another office's row is no cursor either.
		_, _, err = b.Activations(ctx, "office-2", collaboration.ActivationFilter{Page: collaboration.Page{After: string(o.Activation)}})
		wantCode(t, err, collaboration.CodeInvalidRequest)
		_, _, err = b.Customers(ctx, "office-2", collaboration.CustomerFilter{Page: collaboration.Page{After: "c-1004"}})
		wantCode(t, err, collaboration.CodeInvalidRequest)
		_, err = b.Activation(ctx, "nope")
		wantCode(t, err, collaboration.CodeActivationNotFound)
		if live, err := b.LiveActivation(ctx, "office-2", "c-1004", solution); err != nil || live != "" {
			t.Errorf("live at office-2: %q, %v", live, err)
		}
	})
}

func TestEmployee(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		maja, err := b.Employee(ctx, "emp-maja")
		want := collaboration.Employee{ID: "emp-maja", OfficeID: office, Name: "Maja Ekström", Email: "maja@ekstroms.example", Role: collaboration.RoleManager, Version: 1}
		if err != nil || maja != want {
			t.Errorf("got %+v, %v", maja, err)
		}
		_, err = b.Employee(ctx, "emp-nobody")
		wantCode(t, err, collaboration.CodeNotFound)
	})
}

// TestActivations_Paged compares each filter, in pages of two, with rows selected in
// the test.
func TestActivations_Paged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var all []collaboration.Activation
		for n := range 12 { // pairs share a moment: the id breaks the tie
			o := inScenario([]string{"c-1001", "c-1003", "c-1004"}[n%3], collaboration.HasSolution)
			o.SolutionID = []string{solution, "another"}[n/3%2]
			o.Activation = collaboration.NewActivationID(office, o.CustomerID, o.SolutionID)
			o.RequestedAt = noon.Add(time.Duration(n/2) * time.Microsecond)
			o.RequestedBy = []string{"emp-maja", "emp-nils"}[n%2]
			if n%4 == 2 {
				o.TaskID = "t-1003-2" // Nils's
			}
			b.opened(t, o)
			if n < 9 {
				must(t, b.CloseActivation(ctx, closing(o, []collaboration.State{collaboration.Declined, collaboration.Withdrawn}[n%2])))
			}
			all = append(all, b.record(t, o.Activation))
		}
		slices.SortFunc(all, func(a, b collaboration.Activation) int {
			if c := b.RequestedAt.Compare(a.RequestedAt); c != 0 {
				return c
			}
			return strings.Compare(string(b.ID), string(a.ID))
		})
		closed := collaboration.PhasesOf(collaboration.Declined, collaboration.Withdrawn)
		for name, f := range map[string]collaboration.ActivationFilter{
			"all":                   {},
			"one phase":             {Phases: closed[:1]},
			"two phases":            {Phases: closed},
			"a phase twice":         {Phases: slices.Repeat(closed[:1], 2)},
			"a solution":            {SolutionID: solution},
			"a solution in phases":  {SolutionID: solution, Phases: closed},
			"a customer":            {CustomerID: "c-1003"},
			"a customer, in phases": {CustomerID: "c-1003", Phases: closed},
			"a customer, solution":  {CustomerID: "c-1003", SolutionID: "another"},
			"a customer, task":      {CustomerID: "c-1003", TaskID: "t-1003-1"},
			"a task":                {TaskID: "t-1001-1"},
			"a task, in phases":     {TaskID: "t-1001-1", Phases: closed[1:]},
			"a task, solution":      {TaskID: "t-1001-1", SolutionID: "another"},
			"nobody's":              {CustomerID: "c-9999"},
			"a task owner":          {TaskOwnerID: "emp-maja"},
			"another owner, phases": {TaskOwnerID: "emp-nils", Phases: closed},
			"an owner, a solution":  {TaskOwnerID: "emp-maja", SolutionID: solution, RequestedBy: "emp-nils"},
			"an owner, a customer":  {TaskOwnerID: "emp-maja", CustomerID: "c-1003"},
			"an owner, a task":      {TaskOwnerID: "emp-nils", TaskID: "t-1003-2"},
			"not the task's owner":  {TaskOwnerID: "emp-maja", TaskID: "t-1003-2"},
			"a sender":              {RequestedBy: "emp-nils"},
			"a sender, in phases":   {RequestedBy: "emp-maja", Phases: closed},
			"a sender, a solution":  {RequestedBy: "emp-maja", SolutionID: "another"},
			"a sender, a customer":  {RequestedBy: "emp-maja", CustomerID: "c-1001"},
			"a sender, a task":      {RequestedBy: "emp-maja", TaskID: "t-1001-1"},
		} {
			var want, got []string
			for _, r := range all {
				if (len(f.Phases) == 0 || slices.Contains(f.Phases, r.Phase())) && (f.CustomerID == "" || f.CustomerID == r.CustomerID) &&
					(f.SolutionID == "" || f.SolutionID == r.SolutionID) && (f.TaskID == "" || f.TaskID == r.TaskID) &&
					(f.TaskOwnerID == "" || f.TaskOwnerID == r.TaskOwnerID) && (f.RequestedBy == "" || f.RequestedBy == r.RequestedBy) {
					want = append(want, string(r.ID))
				}
			}
			f.Page.Limit = 2
			for range 20 {
				page, next, err := b.Activations(ctx, office, f)
				must(t, err)
				for _, r := range page {
					got = append(got, string(r.ID))
				}
				if f.Page.After = next; next == "" {
					break
				}
			}
			if !slices.Equal(got, want) || len(want) == 0 != (f.CustomerID == "c-9999" || name == "not the task's owner") {
				t.Errorf("%s: got %d %v\nwant %d %v", name, len(got), got, len(want), want)
			}
		}
	})
}

func TestReserveKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		first, second := orderFor("c-1004").Activation, orderFor("c-1004").Activation
		for range 2 {
			if id, err := b.ReserveKey(ctx, office, "key", "hash", first, noon); err != nil || id != first {
				t.Errorf("%q, %v", id, err)
			}
		}
		if id, err := b.ReserveKey(ctx, office, "key", "hash", second, noon); err != nil || id != first {
			t.Errorf("the same request again: %q, %v; want the first id", id, err)
		}
		_, err := b.ReserveKey(ctx, office, "key", "other", second, noon)
		wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		if id, err := b.ReserveKey(ctx, "office-2", "key", "other", second, noon); err != nil || id != second {
			t.Errorf("another office's: %q, %v", id, err)
		}
	})
}

func TestReserveKey_Concurrently(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		got := make(chan collaboration.ActivationID)
		for range 20 {
			go func() {
				id, err := b.ReserveKey(ctx, office, "key", "hash", orderFor("c-1004").Activation, noon)
				if err != nil {
					t.Error(err)
				}
				got <- id
			}()
		}
		ids := map[collaboration.ActivationID]bool{}
		for range 20 {
			ids[<-got] = true
		}
		if len(ids) != 1 {
			t.Errorf("%d ids for one key", len(ids))
		}
	})
}

// TestCustomer_RejectsZeroByte: PostgreSQL cannot store a zero byte; SQLite finds no
// row.
func TestCustomer_RejectsZeroByte(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, err := b.Customer(ctx, office, "c\x00")
		if code := collaboration.CodeOf(err); code != collaboration.CodeInvalidRequest && code != collaboration.CodeCustomerNotFound {
			t.Errorf("got %v", err)
		}
	})
}

// TestReserveKey_Expires: an expired key identifies a new request.
func TestReserveKey_Expires(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		first, second := orderFor("c-1004").Activation, orderFor("c-1004").Activation
		at := func(after time.Duration, hash string, id collaboration.ActivationID) (collaboration.ActivationID, error) {
			return b.ReserveKey(ctx, office, "key", hash, id, noon.Add(after))
		}
		_, err := at(0, "hash", first)
		must(t, err)
		if id, err := at(collaboration.IdempotencyKeyLifetime-time.Minute, "hash", second); err != nil || id != first {
			t.Errorf("before its end: %q, %v", id, err)
		}
		if id, err := at(collaboration.IdempotencyKeyLifetime+time.Minute, "other", second); err != nil || id != second {
			t.Errorf("after its end: %q, %v", id, err)
		}
	})
}

// TestClaimKey: one attempt runs the request; the others get its response. The stored
// response is encrypted, and an erasure removes it.
func TestClaimKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		claim := func(attempt string, after time.Duration, wantResponse string, wantClaim bool) {
			t.Helper()
			response, claimed, err := b.ClaimKey(ctx, office, "key", "hash", attempt, noon.Add(after))
			if err != nil || string(response) != wantResponse || claimed != wantClaim {
				t.Errorf("attempt %s after %s: %q, %t, %v", attempt, after, response, claimed, err)
			}
		}
		claim("first", 0, "", true)
		claim("second", time.Minute, "", false)
		must(t, b.ReleaseKey(ctx, office, "key", "second")) // has no claim
		claim("second", time.Minute, "", false)
		must(t, b.ReleaseKey(ctx, office, "key", "first"))
		claim("third", time.Minute, "", true)
		_, _, err := b.ClaimKey(ctx, office, "key", "other", "another request", noon.Add(10*time.Minute))
		wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		claim("fourth", 10*time.Minute, "", true) // the third stopped
		must(t, b.StoreResponse(ctx, office, "key", "third", []byte("late")))
		must(t, b.StoreResponse(ctx, office, "key", "fourth", []byte("secret of Elin")))
		claim("fifth", 20*time.Minute, "secret of Elin", false)
		if strings.Contains(b.dump(t, "idempotency_keys"), "Elin") {
			t.Error("the response is stored unencrypted")
		}
		_, _, err = b.ClaimKey(ctx, office, "key", "other", "sixth", noon)
		wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		// A response that was copied to another key is not returned.
		_, _, err = b.ClaimKey(ctx, office, "copy", "hash", "copier", noon)
		must(t, err)
		must(t, b.exec("UPDATE idempotency_keys SET (response, response_key) = (SELECT response, response_key FROM idempotency_keys WHERE key = 'key') WHERE key = 'copy'"))
		_, _, err = b.ClaimKey(ctx, office, "copy", "hash", "reader", noon)
		wantCode(t, err, collaboration.CodeInternal)
		must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
		_, _, err = b.ClaimKey(ctx, office, "key", "hash", "seventh", noon)
		wantCode(t, err, collaboration.CodeIdempotencyKeyReused)
		if n := b.count(t, "SELECT COUNT(*) FROM idempotency_keys WHERE response IS NOT NULL"); n != 0 {
			t.Error("the erasure left a response")
		}
	})
}

// TestClaimKey_AfterExpiry: an expired key does not return the response of the earlier
// request.
func TestClaimKey_AfterExpiry(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		_, _, err := b.ClaimKey(ctx, office, "key", "hash", "first", noon)
		must(t, err)
		must(t, b.StoreResponse(ctx, office, "key", "first", []byte("earlier")))
		after := noon.Add(collaboration.IdempotencyKeyLifetime + time.Minute)
		if response, claimed, err := b.ClaimKey(ctx, office, "key", "other", "second", after); err != nil || len(response) > 0 || !claimed {
			t.Errorf("%q, %t, %v", response, claimed, err)
		}
	})
}
