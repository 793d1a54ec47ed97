package provisioning

import "countersign/collaboration"

// The requests to a platform. A repeat of a request with the same Key has no effect.
type (
	// Subject identifies the request and its subject.
	Subject struct {
		Key                string                           `json:"key"`
		Activation         collaboration.ActivationID       `json:"activation"`
		CustomerID         string                           `json:"customer_id"`
		OrganisationNumber collaboration.OrganisationNumber `json:"organisation_number,omitempty"`
		SolutionID         string                           `json:"solution_id"`
	}
	// Activation activates a solution for a customer that does not have it. With an
	// Administrator it creates that administrator instead, unless the customer has one with
	// the address.
	Activation struct {
		Subject
		Variant          string                         `json:"variant,omitempty"`
		InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrator    *collaboration.Contact         `json:"administrator,omitempty"`
	}
	// Grant grants access to these employees, and revokes that of all others. It also has the
	// current variant and invoice recipient.
	Grant struct {
		Subject
		Employees        []string                       `json:"employees"`
		Variant          string                         `json:"variant,omitempty"`
		InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty"`
	}
	// Revocation removes a part that this activation created.
	Revocation struct {
		Subject
		Part Part `json:"part"`
	}
	// End revokes the access of all employees, and applies the policy to the
	// solution.
	End struct {
		Subject
		Policy collaboration.EndPolicy `json:"policy"`
	}
	// Status is the customer's status for a solution.
	Status struct {
		HasSolution      bool                           `json:"has_solution"`
		Variant          string                         `json:"variant,omitempty"`
		InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty"`
		Administrators   int                            `json:"administrators"`
		// Employees have access through this activation.
		Employees []string `json:"employees"`
	}
)

// Part is a part that can be revoked.
type Part string

// The parts that an activation creates.
const (
	Solution      Part = "solution"
	Administrator Part = "administrator"
)
