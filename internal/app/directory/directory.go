package directory

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// Store reads and changes the directory of an office. versions are the versions of the
// entry to which a change applies; nil allows every version.
type Store interface {
	Colleagues(ctx context.Context, officeID string) ([]directory.Colleague, error)
	Changes(ctx context.Context, officeID string, p collaboration.Page) (changes []directory.Change, next string, err error)
	CustomerID(ctx context.Context, officeID, key string) (string, error)
	Participants(ctx context.Context, customerID string) (map[string][]string, error)

	Settings(ctx context.Context, officeID string) (directory.Settings, error)
	SaveSettings(ctx context.Context, by directory.By, s directory.Settings, versions []int) error

	AddEmployee(ctx context.Context, by directory.By, id string, e directory.Employee) error
	EditEmployee(ctx context.Context, by directory.By, id string, e directory.Employee, versions []int) error
	PutEmployee(ctx context.Context, by directory.By, newID string, e directory.Employee, versions []int) (id string, added bool, err error)
	DeactivateEmployee(ctx context.Context, by directory.By, id, successor string) error
	ActivateEmployee(ctx context.Context, by directory.By, id string) error
	HandOver(ctx context.Context, by directory.By, from, to string) error

	AddCustomer(ctx context.Context, by directory.By, c directory.Customer) (id string, err error)
	EditCustomer(ctx context.Context, by directory.By, id string, c directory.Customer, versions []int) error
	PutCustomer(ctx context.Context, by directory.By, key string, r directory.Record, versions []int) (id string, added bool, err error)
	SetCustomerArchived(ctx context.Context, by directory.By, id string, archived bool, versions []int) error
	AddTask(ctx context.Context, by directory.By, customerID string, t directory.Task, versions []int) (id string, err error)
	EditTask(ctx context.Context, by directory.By, customerID, id string, t directory.Task, versions []int) error
	PutTask(ctx context.Context, by directory.By, customerID string, t directory.Task, versions []int) (id string, added bool, err error)
	AddAdministrator(ctx context.Context, by directory.By, customerID string, a directory.Administrator, versions []int) (id string, err error)
	EditAdministrator(ctx context.Context, by directory.By, customerID, id string, a directory.Administrator, addressChange string, versions []int) error
	RemoveAdministrator(ctx context.Context, by directory.By, customerID, id string, versions []int) error

	Import(ctx context.Context, by directory.By, file directory.ImportFile, o directory.ImportOptions) (directory.ImportResult, error)
}

// Customers reads customers.
type Customers interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// Mails sends mails about changes of the directory.
type Mails interface {
	// SendDirectoryMail is called before the change is stored, so that no crash loses the mail;
	// without the change none is sent.
	SendDirectoryMail(ctx context.Context, m message.DirectoryMail) error
}

// AccessSync repeats changes of access at an external platform.
type AccessSync interface {
	// SyncAccess is called before the changes are stored, so that no crash loses them.
	SyncAccess(ctx context.Context, c message.AccessChanges) error
}

// Config has the dependencies of the use cases.
type Config struct {
	Store     Store
	Mails     Mails
	Limiter   app.MailLimiter
	Access    AccessSync    // nil without an external platform
	Customers Customers     // as they are stored
	Cache     Customers     // usually a cache in front of them
	Timeout   time.Duration // of each use case
	// ImportTimeout is the timeout of the import of a file.
	ImportTimeout time.Duration
}

// Directory has the use cases.
type Directory struct {
	store            Store
	mails            Mails
	limiter          app.MailLimiter
	access           AccessSync
	customers, cache Customers
	timeout          time.Duration
	importTimeout    time.Duration
}

// New returns the use cases.
func New(c Config) *Directory {
	return &Directory{c.Store, c.Mails, c.Limiter, c.Access, c.Customers, c.Cache, c.Timeout, c.ImportTimeout}
}

func by(e collaboration.Employee) directory.By {
	return directory.By{OfficeID: e.OfficeID, ID: e.ID, IsManager: e.Role == collaboration.RoleManager}
}

// runSynced is run for a change that may change the access to running collaborations.
func runSynced(ctx context.Context, d *Directory, e collaboration.Employee, change func(context.Context) error) error {
	return run(ctx, d.timeout, func(ctx context.Context) error {
		if err := syncAccess(ctx, d, e); err != nil {
			return err
		}
		return change(ctx)
	})
}

// syncAccess makes a change of access reach an external platform.
func syncAccess(ctx context.Context, d *Directory, e collaboration.Employee) error {
	if d.access == nil {
		return nil
	}
	return d.access.SyncAccess(ctx, message.NewAccessChanges(e.OfficeID, time.Now()))
}
