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
		Use: "change ACTIVATION", Short: "Change a pending invitation or a running collaboration", Args: exactly(1),
		Long: "Change what is named; the rest stays. Where the customer is asked for something else (who pays, the start,\nthe agreement period), a new invitation is sent and older links stop working.",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.InvoiceRecipient = client.InvoiceRecipient(payer)
			if start != "" {
				period, err := readPeriod(start)
				if err != nil {
					return err
				}
				body.Period = period
			}
			if pause || resume {
				body.RemindersPaused = &pause
			}
			return tell(cmd, recorded(args[0]), func(raw client.Option) error {
				_, err := newClient(answerWithin).ChangeActivation(cmd.Context(), args[0], body, raw)
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.TaskID, "task", "", "another open task of the same customer")
	f.StringVar(&payer, "payer", "", "who pays: office or customer")
	f.StringVar(&start, "period", "", "when the agreement starts: on_approval, next_month, or the first of a month (2027-01-01)")
	f.IntVar(&body.AgreementMonths, "months", 0, "the agreement period, 3 or 12")
	f.BoolVar(&pause, "pause-reminders", false, "send no reminders")
	f.BoolVar(&resume, "resume-reminders", false, "send reminders again")
	cmd.MarkFlagsMutuallyExclusive("pause-reminders", "resume-reminders")
	return cmd
}

func correctCommand() *cobra.Command {
	return &cobra.Command{
		Use: "correct ACTIVATION E-MAIL", Short: "Correct the address of who was invited; a new invitation goes there", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return tell(cmd, recorded(args[0]), func(raw client.Option) error {
				_, err := newClient(answerWithin).CorrectAddress(cmd.Context(), args[0], client.CorrectRequest{Email: args[1]}, raw)
				return err
			})
		},
	}
}

func forwardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "forward ACTIVATION ADMINISTRATOR", Short: "Invite another administrator of the customer instead", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return tell(cmd, recorded(args[0]), func(raw client.Option) error {
				_, err := newClient(answerWithin).ForwardInvitation(cmd.Context(), args[0], client.AdministratorRequest{AdministratorID: args[1]}, raw)
				return err
			})
		},
	}
}

func endCommand() *cobra.Command {
	var atTerm bool
	var on string
	cmd := &cobra.Command{
		Use: "end ACTIVATION", Short: "End a running collaboration (managers)", Args: exactly(1),
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
			return tell(cmd, recorded(args[0]), func(raw client.Option) error {
				_, err := newClient(answerWithin).EndActivation(cmd.Context(), args[0], body, raw)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&atTerm, "at-term", false, "not now: let the term run out and do not renew")
	cmd.Flags().StringVar(&on, "on", "", "not now: on this day")
	cmd.MarkFlagsMutuallyExclusive("at-term", "on")
	return cmd
}

func mainContactCommand() *cobra.Command {
	return &cobra.Command{
		Use: "main-contact CUSTOMER ADMINISTRATOR", Short: "Name a customer's main contact (managers)", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return tell(cmd, "Named.", func(raw client.Option) error {
				_, err := newClient(answerWithin).NameMainContact(cmd.Context(), args[0], client.AdministratorRequest{AdministratorID: args[1]}, raw)
				return err
			})
		},
	}
}
