package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func changeCommand() *cobra.Command {
	var body client.ChangeRequest
	var payer, start string
	var pause, resume bool
	cmd := &cobra.Command{
		Use: "change ACTIVATION", Short: "Change a pending invitation or an active collaboration", Args: exactly(1),
		Long: "Change the given fields. A change of the terms (invoice recipient, start, agreement period) of a pending\ninvitation sends a new invitation, and older links stop working.",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.InvoiceRecipient = client.InvoiceRecipient(payer)
			if start != "" {
				period, err := readPeriod(start)
				if err != nil {
					return usageError{err}
				}
				body.Period = period
			}
			if pause || resume {
				body.RemindersPaused = &pause
			}
			return execute(cmd, recorded(args[0]), func(raw client.Option) (*client.Status, error) {
				return newClient(requestTimeout).ChangeActivation(cmd.Context(), args[0], body, raw)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.TaskID, "task", "", "another open task of the customer")
	f.StringVar(&payer, "payer", "", "invoice recipient: office or customer")
	f.StringVar(&start, "period", "", "start of the agreement: on_approval, next_month, or the first of a month (2027-01-01)")
	f.IntVar(&body.AgreementMonths, "months", 0, "agreement period in months: 3 or 12")
	f.StringVar(&body.Variant, "variant", "", "another variant of the solution, for a running collaboration")
	f.BoolVar(&pause, "pause-reminders", false, "stop sending reminders")
	f.BoolVar(&resume, "resume-reminders", false, "resume sending reminders")
	cmd.MarkFlagsMutuallyExclusive("pause-reminders", "resume-reminders")
	return cmd
}

func correctCommand() *cobra.Command {
	return &cobra.Command{
		Use: "correct ACTIVATION E-MAIL", Short: "Correct the recipient's address and send a new invitation to it", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, recorded(args[0]), func(raw client.Option) (*client.Status, error) {
				return newClient(requestTimeout).CorrectAddress(cmd.Context(), args[0], client.CorrectRequest{Email: args[1]}, raw)
			})
		},
	}
}

func forwardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "forward ACTIVATION ADMINISTRATOR", Short: "Invite another administrator of the customer instead", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, recorded(args[0]), func(raw client.Option) (*client.Status, error) {
				return newClient(requestTimeout).ForwardInvitation(cmd.Context(), args[0], client.AdministratorRequest{AdministratorID: args[1]}, raw)
			})
		},
	}
}

func endCommand() *cobra.Command {
	var atTerm bool
	var on, onEnd string
	cmd := &cobra.Command{
		Use: "end ACTIVATION", Short: "End an active collaboration (managers)", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := client.EndRequest{When: client.EndWhenNow}
			switch {
			case atTerm:
				body.When = client.EndWhenEndOfTerm
			case on != "":
				day, err := collaboration.ParseDate(on)
				if err != nil {
					return usageError{fmt.Errorf("--on: %q is not a date such as 2027-03-15", on)}
				}
				body = client.EndRequest{When: client.EndWhenOnDate, On: day.String()}
			}
			body.OnEnd = client.OnEnd(onEnd)
			return execute(cmd, recorded(args[0]), func(raw client.Option) (*client.Status, error) {
				return newClient(requestTimeout).EndActivation(cmd.Context(), args[0], body, raw)
			})
		},
	}
	cmd.Flags().BoolVar(&atTerm, "at-term", false, "end at the end of the term instead of immediately")
	cmd.Flags().StringVar(&on, "on", "", "end on this day instead of immediately")
	cmd.Flags().StringVar(&onEnd, "on-end", "", "the end policy of the solution: continue_alone, read_only or delete, if the catalogue allows it")
	cmd.MarkFlagsMutuallyExclusive("at-term", "on")
	return cmd
}

func mainContactCommand() *cobra.Command {
	return &cobra.Command{
		Use: "main-contact CUSTOMER ADMINISTRATOR", Short: "Set a customer's main contact (managers)", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, "Main contact set.", func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).NameMainContact(cmd.Context(), args[0], client.AdministratorRequest{AdministratorID: args[1]}, raw)
			})
		},
	}
}
