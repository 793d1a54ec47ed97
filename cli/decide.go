package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/client"
)

func decideCommand() *cobra.Command {
	var accept bool
	var reason, comment string
	cmd := &cobra.Command{
		Use: "decide LINK approve|decline", Short: "Answer an invitation, as one of the customer's administrators", Args: exactly(2),
		Long: "Answer an invitation as the administrator of the customer whose token COUNTERSIGN_TOKEN is. LINK is the address in the e-mail.\nTo approve, read the terms (they are printed without --accept-terms) and pass --accept-terms.",
		RunE: func(cmd *cobra.Command, args []string) error {
			outcome := client.Outcome(args[1])
			if outcome != client.OutcomeApprove && outcome != client.OutcomeDecline {
				return usageError{fmt.Errorf("%q: say approve or decline", args[1])}
			}
			api, link := newClient(answerWithin), args[0][strings.LastIndex(args[0], "/")+1:]
			decision := client.DecisionRequest{Outcome: outcome, AcceptTerms: accept, Reason: client.DeclineReason(reason), Comment: comment}
			if outcome == client.OutcomeApprove {
				var raw []byte
				i, err := api.GetInvitation(cmd.Context(), link, client.Raw(&raw))
				if err != nil {
					return err
				}
				if !accept {
					return show(cmd, raw, func(w io.Writer) {
						fmt.Fprintf(w, "%s invites %s to %s.\nTerms %s:\n\n%s\n\nRun it again with --accept-terms to approve.\n", i.OfficeName, i.CustomerName, i.Solution.Name, i.Terms.Version, i.Terms.Text)
					})
				}
				decision.TermsHash, decision.Locale = i.Terms.Hash, i.Terms.Locale
			}
			return tell(cmd, "Answered: "+args[1]+".", func(raw client.Option) error {
				_, err := api.DecideInvitation(cmd.Context(), link, decision, raw)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-terms", false, "you have read the terms and accept them")
	cmd.Flags().StringVar(&reason, "reason", "", "why it is declined: not_needed, price, wrong_person, unexpected or other")
	cmd.Flags().StringVar(&comment, "comment", "", "a few words to the office")
	return cmd
}
