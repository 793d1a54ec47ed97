package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func startCommand() *cobra.Command {
	var r client.ActivationRequest
	var payer, start, locale string
	var contact collaboration.Contact
	cmd := &cobra.Command{
		Use: "start CUSTOMER", Short: "Activate: invite a customer to a collaboration", Args: exactly(1),
		Example: "  countersign start c-1001 --task t-1001-1 --payer office --months 12",
		RunE: func(cmd *cobra.Command, args []string) error {
			r.CustomerID, r.InvoiceRecipient, r.Locale = args[0], client.InvoiceRecipient(payer), client.Locale(locale)
			period, err := readPeriod(start)
			if err != nil {
				return usageError{err}
			}
			r.Period = period
			if contact != (collaboration.Contact{}) {
				if r.Contact, err = clientContact(contact); err != nil {
					return err
				}
			}
			return fetch(cmd, func(raw client.Option) (*client.Accepted, error) {
				return newClient(requestTimeout).CreateActivation(cmd.Context(), r, raw)
			}, func(w io.Writer, accepted *client.Accepted) {
				fmt.Fprintf(w, "Activating (%s). See:\n  countersign status %s\n", accepted.Scenario, accepted.ID)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.SolutionID, "solution", "financial-overview", "the solution")
	f.StringVar(&r.Variant, "variant", "", "the solution's variant, if the form has the field")
	f.StringVar(&r.TaskID, "task", "", "the customer's task that the collaboration is linked to")
	f.StringVar(&payer, "payer", "", "invoice recipient: office or customer")
	f.StringVar(&start, "period", "", "start of the agreement: on_approval (default), next_month, or the first of a month (2027-01-01)")
	f.IntVar(&r.AgreementMonths, "months", 0, "agreement period in months, if the form has the field: 3 or 12")
	f.StringVar(&locale, "locale", "", "language of the invitation: sv (default) or en")
	for _, field := range collaboration.ContactFields() {
		f.StringVar(field.Of(&contact), "contact-"+field.Name, "", "a new customer's administrator: "+field.Name)
	}
	return cmd
}

// readPeriod parses dates. The API validates any other value.
func readPeriod(s string) (*client.Period, error) {
	if s == "" {
		return nil, nil
	}
	if strings.Trim(s, "0123456789-") != "" {
		return &client.Period{Start: client.StartRule(s)}, nil
	}
	month, err := collaboration.ParseDate(s)
	return &client.Period{Start: client.StartRuleChosenMonth, Month: month.String()}, err
}

// clientContact converts by JSON, so that a new field of a contact needs no line here.
func clientContact(c collaboration.Contact) (*client.Contact, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var converted client.Contact
	return &converted, json.Unmarshal(raw, &converted)
}
