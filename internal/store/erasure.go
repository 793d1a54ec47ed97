package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/retention"
	"countersign/internal/store/sqldb"
)

// Erasure erases personal data.
type Erasure struct{ *database }

// EraseCustomer erases the personal data of a customer: its administrators, the changes
// of their addresses, the recipients of mails, comments of declines, and the name and number of a sole trader,
// also in rows of batches and names of tasks. Without the customer's data keys,
// Temporal's payloads become unreadable. The audit chains still verify.
func (s Erasure) EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.LockCustomer(ctx, customerID); err != nil {
			return err
		}
		customer, err := t.Customer(ctx, db.CustomerParams{ID: customerID, OfficeID: officeID})
		if err != nil {
			return notFound(err, collaboration.CodeCustomerNotFound)
		}
		if live, err := t.LiveActivationsOfCustomer(ctx, customerID); err != nil || live > 0 {
			if err == nil {
				err = &collaboration.Error{Code: collaboration.CodeCustomerActive}
			}
			return err
		}
		activations, err := t.ActivationsToErase(ctx, customerID)
		if err != nil {
			return err
		}
		for _, id := range activations {
			if err := t.eraseActivation(ctx, collaboration.ActivationID(id), by, now); err != nil {
				return err
			}
		}
		if _, err := t.EraseAdministrators(ctx, customerID); err != nil {
			return err
		}
		if err := t.EraseAddressChanges(ctx, customerID); err != nil {
			return err
		}
		if err := t.EraseKeys(ctx, db.EraseKeysParams{OfficeID: officeID, CustomerID: customerID}); err != nil {
			return err
		}
		if err := t.eraseBatchRows(ctx, customer); err != nil {
			return err
		}
		if err := t.RecordErasedDataKeys(ctx, column.Text(customerID)); err != nil {
			return err
		}
		if err := t.EraseDataKeys(ctx, column.Text(customerID)); err != nil {
			return err
		}
		t.changedCustomers = append(t.changedCustomers, customerID)
		if err := t.erasePerson(ctx, customer); err != nil {
			return err
		}
		return t.recordChange(ctx, officeID, by, "customer_erased", customerID, map[string]string{"customer": customerID})
	})
}

func (t *tx) eraseActivation(ctx context.Context, id collaboration.ActivationID, by string, now time.Time) error {
	w, err := t.lock(ctx, id)
	if err != nil {
		return err
	}
	erased := step{activation: id, key: "personal_data_erased:" + sqldb.NewID(), action: collaboration.ActionPersonalDataErased, by: by, at: now}
	if err := t.append(ctx, erased); err != nil { // first: a trigger requires the event of the erasure
		return err
	}
	if err := t.ErasePrivate(ctx, string(id)); err != nil {
		return err
	}
	if err := t.EraseAddresses(ctx, string(id)); err != nil {
		return err
	}
	w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = "", "", ""
	if err := eraseAnswers(w); err != nil {
		return err
	}
	if err := w.save(ctx); err != nil {
		return err
	}
	return t.SetErased(ctx, string(id))
}

// RetainedData returns the part that deletes old data. The audit says that the system
// erased the personal data of an activation.
func (s *Store) RetainedData() retention.Data {
	return retention.New(s.conns, func(ctx context.Context, id collaboration.ActivationID) error {
		return s.write(ctx, func(t *tx) error { return t.eraseActivation(ctx, id, collaboration.ActorSystem, now()) })
	})
}

// eraseAnswers erases the comments of the customer's answers, and the logins' persons.
func eraseAnswers(w *stepContext) error {
	var d *collaboration.Decision
	if err := fromJSON(w.a.Decision, &d); err != nil {
		return err
	}
	var p *collaboration.Proposal
	if err := fromJSON(w.a.Proposal, &p); err != nil {
		return err
	}
	eraseAnswer(d)
	if p != nil {
		eraseAnswer(p.Decision)
	}
	return errors.Join(setJSON(&w.a.Decision, d), setJSON(&w.a.Proposal, p))
}

func eraseAnswer(d *collaboration.Decision) {
	if d == nil {
		return
	}
	d.Comment = ""
	if d.Login != nil {
		login := d.Login.WithoutPerson()
		d.Login = &login
	}
}

// eraseBatchRows removes contacts, and the numbers of sole traders. The customer and the
// activation of a row stay.
func (t *tx) eraseBatchRows(ctx context.Context, c db.Customer) error {
	rows, err := t.BatchRowsToErase(ctx, db.BatchRowsToEraseParams{
		OfficeID: c.OfficeID, OrganisationNumber: c.OrganisationNumber, CustomerID: c.ID,
		Pattern: "%\"customer_id\":\"" + likeEscape.Replace(c.ID) + "\"%",
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := t.eraseBatchRow(ctx, c, row); err != nil {
			return err
		}
		if err := t.EraseBatchKey(ctx, db.EraseBatchKeyParams{OfficeID: c.OfficeID, BatchID: row.BatchID}); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) eraseBatchRow(ctx context.Context, c db.Customer, row db.BatchRow) error {
	r, err := batchRow(row)
	if err != nil {
		return err
	}
	// A row with both goes by the id: the contact may be another customer's.
	if r.Request.CustomerID = cmp.Or(r.Request.CustomerID, c.ID); r.Request.CustomerID == c.ID {
		r.Request.Contact = nil
	}
	if r.OrganisationNumber.IsSoleTrader() {
		row.OrganisationNumber = ""
	}
	request, err := json.Marshal(r.Request)
	if err != nil {
		return err
	}
	return t.EraseBatchRow(ctx, db.EraseBatchRowParams{
		BatchID: row.BatchID, Line: row.Line, Request: string(request), OrganisationNumber: row.OrganisationNumber,
	})
}

// erasePerson removes the name and number of a sole trader, which are personal data.
// Those of a company are not.
func (t *tx) erasePerson(ctx context.Context, c db.Customer) error {
	number := collaboration.OrganisationNumber(c.OrganisationNumber)
	if !number.IsSoleTrader() {
		return nil
	}
	if err := t.eraseTasks(ctx, c.ID, c.NameKey, c.OrganisationNumber, number.String()); err != nil {
		return err
	}
	name := "Raderad kund " + c.ID
	return t.Queries.EraseCustomer(ctx, db.EraseCustomerParams{
		ID: c.ID, Name: name, NameKey: column.NameKey(name), OrganisationNumber: "erased-" + c.ID,
	})
}

// eraseTasks removes the names of tasks that contain the person's name or number.
func (t *tx) eraseTasks(ctx context.Context, customerID string, personal ...string) error {
	tasks, err := t.TasksOfCustomer(ctx, customerID)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		name := column.NameKey(task.Name)
		if !slices.ContainsFunc(personal, func(p string) bool { return strings.Contains(name, p) }) {
			continue
		}
		if err := t.eraseTask(ctx, task.ID); err != nil {
			return err
		}
	}
	return nil
}

// eraseTask replaces the name of a task.
func (t *tx) eraseTask(ctx context.Context, id string) error {
	return t.EraseTask(ctx, db.EraseTaskParams{ID: id, Name: "Raderad uppgift " + id})
}

// EraseAddress erases the personal data of the person with an e-mail address from the data
// of an office: as the administrator of customers, in activations and their audits, in
// deliveries, changes of addresses, rows of batches and names of tasks. It refuses the
// address of an employee, and of a person that a live activation invited or that answered it.
func (s Erasure) EraseAddress(ctx context.Context, by collaboration.Employee, email string, now time.Time) (erased collaboration.ErasedAddress, err error) {
	a := address{office: by.OfficeID, email: strings.ToLower(email), by: by.ID, at: now}
	if a.pattern, err = a.likePattern(); err != nil {
		return erased, err
	}
	err = s.write(ctx, func(t *tx) error {
		employees, err := t.CountEmployeesWithAddress(ctx, db.CountEmployeesWithAddressParams{OfficeID: a.office, Email: a.email})
		if err != nil {
			return err
		}
		if employees > 0 {
			return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "email", Code: collaboration.CodeEmployeeAddress}}}
		}
		erased, err = addressErasure{t}.eraseAddress(ctx, a)
		if err != nil {
			return err
		}
		return t.recordChange(ctx, a.office, a.by, "address_erased", a.office, erased)
	})
	return erased, err
}

// address is an e-mail address to erase, in lower case, with who erases it.
type address struct {
	office, email, pattern, by string
	at                         time.Time
}

// likePattern finds the address in a JSON text.
func (a address) likePattern() (string, error) {
	quoted, err := json.Marshal(a.email)
	return "%" + likeEscape.Replace(string(quoted[1:len(quoted)-1])) + "%", err
}

// isInJSON reports whether a text in a JSON value has the address.
func (a address) isInJSON(text string) bool {
	var value any
	return json.Unmarshal([]byte(text), &value) != nil && a.isIn(text) || a.isInValue(value)
}

func (a address) isInValue(value any) bool {
	switch v := value.(type) {
	case string:
		return a.isIn(v)
	case []any:
		return slices.ContainsFunc(v, a.isInValue)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), a.isInValue)
	}
	return false
}

// isIn reports whether a text has the address, and not only as a part of a longer one.
func (a address) isIn(text string) bool {
	text = strings.ToLower(text)
	for rest := text; ; {
		i := strings.Index(rest, a.email)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(a.email):]
		if !endsAddress(before) && !beginsDomain(after) {
			return true
		}
		rest = rest[i+1:]
	}
}

func endsAddress(s string) bool {
	return s != "" && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-", rune(s[len(s)-1]))
}

func beginsDomain(s string) bool {
	s = strings.TrimPrefix(s, ".")
	return s != "" && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", rune(s[0]))
}

// addressErasure is a transaction that erases a person by the e-mail address.
type addressErasure struct{ *tx }

func (t addressErasure) eraseAddress(ctx context.Context, a address) (erased collaboration.ErasedAddress, err error) {
	if erased.Customers, err = t.eraseAdministratorsAt(ctx, a); err != nil {
		return erased, err
	}
	if erased.Activations, err = t.eraseFromActivations(ctx, a); err != nil {
		return erased, err
	}
	changes, err := t.EraseAddressChangesOf(ctx, db.EraseAddressChangesOfParams{OfficeID: a.office, Email: a.email})
	if err != nil {
		return erased, err
	}
	erased.AddressChanges = int(changes)
	if erased.BatchRows, err = t.eraseFromBatches(ctx, a); err != nil {
		return erased, err
	}
	if err := t.eraseFromTasks(ctx, a); err != nil {
		return erased, err
	}
	return erased, t.EraseResponses(ctx, a.office)
}

// eraseAdministratorsAt removes the administrators with the address. It returns the number
// of their customers, none of which has a live activation.
func (t addressErasure) eraseAdministratorsAt(ctx context.Context, a address) (customers int, err error) {
	all, err := t.AdministratorsToRemove(ctx, db.AdministratorsToRemoveParams{OfficeID: a.office, Email: a.email})
	if err != nil {
		return 0, err
	}
	for _, one := range all {
		if _, err := t.LockCustomer(ctx, one.CustomerID); err != nil {
			return 0, err
		}
		if live, err := t.LiveActivationsOfCustomer(ctx, one.CustomerID); err != nil || live > 0 {
			return 0, cmp.Or(err, error(&collaboration.Error{Code: collaboration.CodeCustomerActive}))
		}
		if err := t.RemoveAdministrator(ctx, db.RemoveAdministratorParams{ID: one.ID, CustomerID: one.CustomerID}); err != nil {
			return 0, err
		}
		t.changedCustomers = append(t.changedCustomers, one.CustomerID)
	}
	return len(all), nil
}

func (t addressErasure) eraseFromActivations(ctx context.Context, a address) (activations int, err error) {
	ids, err := t.ActivationsWithAddress(ctx, db.ActivationsWithAddressParams{OfficeID: a.office, Email: a.email, Pattern: a.pattern})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		found, err := t.eraseFromActivation(ctx, a, collaboration.ActivationID(id))
		if err != nil {
			return 0, err
		}
		if found {
			activations++
		}
	}
	return activations, nil
}

// eraseFromActivation erases all personal data of an activation that concerns the person. Of
// one that only mentions the address, such as in a wrong address that was corrected, it
// erases those parts.
func (t addressErasure) eraseFromActivation(ctx context.Context, a address, id collaboration.ActivationID) (found bool, err error) {
	stored, err := t.Activation(ctx, string(id))
	if err != nil {
		return false, err
	}
	concerns := strings.EqualFold(stored.InvitedEmail, a.email) || a.isInJSON(stored.Decision) || a.isInJSON(stored.Proposal)
	if concerns && collaboration.State(stored.State).IsLive() {
		return false, &collaboration.Error{Code: collaboration.CodeCustomerActive, Activation: id}
	}
	if concerns {
		if err := t.EraseKeysOfSubject(ctx, db.EraseKeysOfSubjectParams{OfficeID: a.office, OfActivation: string(id)}); err != nil {
			return false, err
		}
		return true, t.eraseActivation(ctx, id, a.by, a.at)
	}
	return t.eraseMentions(ctx, a, id)
}

func (t addressErasure) eraseMentions(ctx context.Context, a address, id collaboration.ActivationID) (found bool, err error) {
	if _, err := t.lock(ctx, id); err != nil {
		return false, err
	}
	parts, err := t.PrivateParts(ctx, string(id))
	if err != nil {
		return false, err
	}
	parts = slices.DeleteFunc(parts, func(p db.PrivatePartsRow) bool { return !a.isInJSON(p.Private) })
	if len(parts) > 0 {
		erased := step{activation: id, key: "personal_data_erased:" + sqldb.NewID(), action: collaboration.ActionPersonalDataErased, by: a.by, at: a.at}
		if err := t.append(ctx, erased); err != nil { // first: a trigger requires the event of the erasure
			return false, err
		}
	}
	for _, p := range parts {
		if err := t.ErasePrivatePart(ctx, db.ErasePrivatePartParams{ActivationID: string(id), Sequence: p.Sequence}); err != nil {
			return false, err
		}
	}
	n, err := t.EraseDeliveriesTo(ctx, db.EraseDeliveriesToParams{ActivationID: string(id), Email: a.email})
	return n > 0 || len(parts) > 0, err
}

func (t addressErasure) eraseFromBatches(ctx context.Context, a address) (rows int, err error) {
	all, err := t.BatchRowsWithAddress(ctx, db.BatchRowsWithAddressParams{OfficeID: a.office, Pattern: a.pattern})
	if err != nil {
		return 0, err
	}
	for _, row := range all {
		r, err := batchRow(row)
		if err != nil {
			return 0, err
		}
		if r.Request.Contact == nil || !strings.EqualFold(r.Request.Contact.Email, a.email) {
			continue
		}
		if err := t.removeContact(ctx, row.BatchID, row.Line); err != nil {
			return 0, err
		}
		if err := t.EraseBatchKey(ctx, db.EraseBatchKeyParams{OfficeID: a.office, BatchID: row.BatchID}); err != nil {
			return 0, err
		}
		rows++
	}
	return rows, nil
}

func (t addressErasure) eraseFromTasks(ctx context.Context, a address) error {
	tasks, err := t.TasksWithAddress(ctx, db.TasksWithAddressParams{OfficeID: a.office, Pattern: "%" + likeEscape.Replace(a.email) + "%"})
	if err != nil {
		return err
	}
	for _, task := range tasks {
		if !a.isIn(task.Name) {
			continue
		}
		if err := t.eraseTask(ctx, task.ID); err != nil {
			return err
		}
	}
	return nil
}
