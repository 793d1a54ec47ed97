package collaboration

// The requests to a platform. A platform is the system that holds solutions, administrators
// and access: the product's own database, or another system. A repeat of a request with the
// same Key has no effect.
type (
	// PlatformSubject identifies the request and its subject.
	PlatformSubject struct {
		Key                string             `json:"key"`
		Activation         ActivationID       `json:"activation"`
		CustomerID         string             `json:"customer_id"`
		OrganisationNumber OrganisationNumber `json:"organisation_number,omitempty"`
		SolutionID         string             `json:"solution_id"`
	}
	// PlatformActivation activates a solution for a customer that does not have it. With an
	// Administrator it creates that administrator instead, unless the customer has one with
	// the address.
	PlatformActivation struct {
		PlatformSubject
		Variant          string           `json:"variant,omitempty"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrator    *Contact         `json:"administrator,omitempty"`
	}
	// PlatformGrant grants access to these employees, and revokes that of all others.
	PlatformGrant struct {
		PlatformSubject
		Employees        []string         `json:"employees"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	}
	// PlatformRevocation removes a part that this activation created.
	PlatformRevocation struct {
		PlatformSubject
		Part PlatformPart `json:"part"`
	}
	// PlatformEnd revokes the access of all employees, and applies the policy to the
	// solution.
	PlatformEnd struct {
		PlatformSubject
		Policy EndPolicy `json:"policy"`
	}
	// PlatformStatus is the customer's status for a solution.
	PlatformStatus struct {
		HasSolution      bool             `json:"has_solution"`
		Variant          string           `json:"variant,omitempty"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrators   int              `json:"administrators"`
		// Employees have access through this activation.
		Employees []string `json:"employees"`
	}
)

// PlatformPart is a part that can be revoked.
type PlatformPart string

// The parts that an activation creates.
const (
	PlatformSolution      PlatformPart = "solution"
	PlatformAdministrator PlatformPart = "administrator"
)
