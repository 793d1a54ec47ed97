package directory

import (
	"cmp"
	"fmt"
	"strings"

	"countersign/collaboration"
)

// Customer is what an office says about one of its customers.
type Customer struct {
	Name string
	// Number is the organisation number as a person or a program wrote it.
	Number string
	// Reference is the office's own id of the customer, or "".
	Reference string
}

// Clean removes surrounding space, and brings a valid number into its usual form.
func (c Customer) Clean() Customer {
	c.Name, c.Number, c.Reference = strings.TrimSpace(c.Name), strings.TrimSpace(c.Number), strings.TrimSpace(c.Reference)
	if number, err := collaboration.ParseOrganisationNumber(c.Number); err == nil {
		c.Number = string(number)
	}
	return c
}

// WithKey completes a customer with its key in a URL, an organisation number or the
// office's own id, and returns the field that disagrees with the key.
func (c Customer) WithKey(key string) (Customer, []collaboration.FieldError) {
	number, err := collaboration.ParseOrganisationNumber(key)
	if err == nil {
		given, err := collaboration.ParseOrganisationNumber(c.Number)
		if c.Number != "" && (err != nil || given != number) {
			return c, []collaboration.FieldError{{Field: "organisation_number", Code: collaboration.CodeInvalidChoice}}
		}
		c.Number = string(number)
		return c, nil
	}
	if c.Reference != "" && c.Reference != key {
		return c, []collaboration.FieldError{{Field: "reference", Code: collaboration.CodeInvalidChoice}}
	}
	c.Reference = key
	return c, nil
}

// Check returns every invalid field of a clean customer.
func (c Customer) Check() error {
	wrong := c.errors()
	return wrong.Err()
}

func (c Customer) errors() collaboration.FieldErrors {
	var wrong collaboration.FieldErrors
	wrong.CheckText("name", c.Name, maxName, collaboration.ValidName)
	if c.Number == "" {
		wrong.Add("organisation_number", collaboration.CodeRequired)
	} else if _, err := collaboration.ParseOrganisationNumber(c.Number); err != nil {
		wrong.Add("organisation_number", collaboration.CodeInvalidFormat)
	}
	checkReference("reference", c.Reference, &wrong)
	if _, err := collaboration.ParseOrganisationNumber(c.Reference); err == nil {
		// A key in a URL is either: it must not be both.
		wrong.Add("reference", collaboration.CodeInvalidFormat)
	}
	return wrong
}

// Task is what an office says about one task of a customer.
type Task struct {
	Name string
	// Owner is the responsible employee: by id, by the office's own id or by address.
	Owner string
	// Participants are the other employees that work on the task, named like the owner.
	Participants []string
	Open         bool
	// Reference is the office's own id of the task, or "".
	Reference string
}

// Clean removes surrounding space.
func (t Task) Clean() Task {
	t.Name, t.Reference = strings.TrimSpace(t.Name), strings.TrimSpace(t.Reference)
	return t
}

// Check returns every invalid field of a clean task.
func (t Task) Check() error {
	wrong := t.errors("")
	return wrong.Err()
}

func (t Task) errors(prefix string) collaboration.FieldErrors {
	var wrong collaboration.FieldErrors
	wrong.CheckText(prefix+"name", t.Name, maxName, collaboration.ValidTaskName)
	if t.Owner == "" {
		wrong.Add(prefix+"owner", collaboration.CodeRequired)
	}
	checkReference(prefix+"reference", t.Reference, &wrong)
	return wrong
}

// Administrator is what an office says about an administrator of a customer.
type Administrator struct {
	collaboration.Contact
	// MainContact receives the invitations. The first administrator always does.
	MainContact bool
}

// Clean removes surrounding space.
func (a Administrator) Clean() Administrator {
	a.Contact = a.Contact.Clean()
	return a
}

// Check returns every invalid field of a clean administrator.
func (a Administrator) Check() error {
	return collaboration.FieldErrors(a.Contact.Check("")).Err()
}

// Record is a customer with all that another system knows about it.
type Record struct {
	Customer
	// Tasks is the complete list of the customer's open and closed tasks; nil to leave
	// the tasks as they are.
	Tasks []Task
	// Administrators is the complete list; nil to leave the administrators as they are.
	Administrators []Administrator
}

// Clean cleans every part.
func (r Record) Clean() Record {
	r.Customer = r.Customer.Clean()
	for i := range r.Tasks {
		r.Tasks[i] = r.Tasks[i].Clean()
	}
	for i := range r.Administrators {
		r.Administrators[i] = r.Administrators[i].Clean()
	}
	return r
}

// Check returns every invalid field of a clean record, with the position in a list:
// "tasks.0.name".
func (r Record) Check() error {
	wrong := r.errors()
	names := map[string]bool{}
	for i, t := range r.Tasks {
		prefix := fmt.Sprintf("tasks.%d.", i)
		wrong = append(wrong, t.errors(prefix)...)
		if key := cmp.Or(t.Reference, t.Name); names[key] {
			wrong.Add(prefix+"name", collaboration.CodeDuplicate)
		} else {
			names[key] = true
		}
	}
	main, addresses := 0, map[string]bool{}
	for i, a := range r.Administrators {
		prefix := fmt.Sprintf("administrators.%d.", i)
		wrong = append(wrong, a.Contact.Check(prefix)...)
		if address := strings.ToLower(a.Email); addresses[address] {
			wrong.Add(prefix+"email", collaboration.CodeDuplicate)
		} else {
			addresses[address] = true
		}
		if a.MainContact {
			main++
		}
		if main > 1 {
			wrong.Add(prefix+"main_contact", collaboration.CodeDuplicate)
		}
	}
	return wrong.Err()
}
