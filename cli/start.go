package cli

import (
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
	var contact client.Contact
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
			if contact != (client.Contact{}) {
				r.Contact = &contact
			}
			var raw []byte
			accepted, err := newClient(answerWithin).CreateActivation(cmd.Context(), r, client.Raw(&raw))
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintf(w, "Activating (%s). Follow it with:\n  countersign status %s\n", accepted.Scenario, accepted.ID)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.SolutionID, "solution", "financial-overview", "what to share")
	f.StringVar(&r.Variant, "variant", "", "which variant of it, where the form asks")
	f.StringVar(&r.TaskID, "task", "", "the customer's task that the collaboration hangs on")
	f.StringVar(&payer, "payer", "", "who pays: office or customer")
	f.StringVar(&start, "period", "", "when the agreement starts: on_approval (default), next_month, or the first of a month (2027-01-01)")
	f.IntVar(&r.AgreementMonths, "months", 0, "how long the agreement runs, where the form asks: 3 or 12")
	f.StringVar(&locale, "locale", "", "language of the invitation: sv (default) or en")
	f.StringVar(&contact.Name, "contact-name", "", "for a customer who is new: who becomes its administrator")
	f.StringVar(&contact.Email, "contact-email", "", "and the person's e-mail address")
	f.StringVar(&contact.Phone, "contact-phone", "", "and telephone number")
	return cmd
}

// readPeriod leaves what is no date to the API to judge.
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
