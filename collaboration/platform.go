package collaboration

// What a platform is asked to do for an activation. The platform is where
// solutions, administrators and access live: ours, or another system's.
// Everything may be asked again with the same Key, which then changes nothing.
type (
	// PlatformSubject says for whom, and names the request.
	PlatformSubject struct {
		Key                string             `json:"key"`
		Activation         ActivationID       `json:"activation"`
		CustomerID         string             `json:"customer_id"`
		OrganisationNumber OrganisationNumber `json:"organisation_number,omitempty"`
		SolutionID         string             `json:"solution_id"`
	}
	// PlatformActivation gives a customer the solution, unless it has it. With
	// a contact, it makes that person the customer's administrator instead,
	// unless it has one with that address.
	PlatformActivation struct {
		PlatformSubject
		Variant          string           `json:"variant,omitempty"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrator    *Contact         `json:"administrator,omitempty"`
	}
	// PlatformGrant lets exactly these employees in.
	PlatformGrant struct {
		PlatformSubject
		Employees        []string         `json:"employees"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	}
	// PlatformRevocation takes back what this activation made, and nothing
	// else.
	PlatformRevocation struct {
		PlatformSubject
		Part PlatformPart `json:"part"`
	}
	// PlatformEnd ends what the activation shared: nobody has access any more,
	// and the policy says what becomes of the solution.
	PlatformEnd struct {
		PlatformSubject
		Policy EndPolicy `json:"policy"`
	}
	// PlatformStatus is what a customer has of a solution.
	PlatformStatus struct {
		HasSolution      bool             `json:"has_solution"`
		Variant          string           `json:"variant,omitempty"`
		InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrators   int              `json:"administrators"`
		// Employees are those whom this activation let in.
		Employees []string `json:"employees"`
	}
)

// PlatformPart is what can be taken back.
type PlatformPart string

// The parts an activation makes.
const (
	PlatformSolution      PlatformPart = "solution"
	PlatformAdministrator PlatformPart = "administrator"
)
