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
		Use: "decide LINK approve|decline", Short: "Answer an invitation, as an administrator of the customer", Args: exactly(2),
		Long: "Answer an invitation as an administrator of the customer, with the administrator's token in COUNTERSIGN_TOKEN.\nLINK is the URL in the e-mail. \"approve\" prints the terms; repeat it with --accept-terms to accept them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			outcome := client.Outcome(args[1])
			if outcome != client.OutcomeApprove && outcome != client.OutcomeDecline {
				return usageError{fmt.Errorf("%q is neither approve nor decline", args[1])}
			}
			api, link := newClient(requestTimeout), linkToken(args[0])
			decision := client.DecisionRequest{Outcome: outcome, AcceptTerms: accept, Reason: client.DeclineReason(reason), Comment: comment}
			if outcome == client.OutcomeApprove {
				var raw []byte
				i, err := api.GetInvitation(cmd.Context(), link, client.Raw(&raw))
				if err != nil {
					return err
				}
				if !accept {
					return show(cmd, raw, func(w io.Writer) {
						fmt.Fprintf(w, "%s invites %s to %s.\nTerms %s:\n\n%s\n\nRepeat the command with --accept-terms to approve.\n", i.OfficeName, i.CustomerName, i.Solution.Name, i.Terms.Version, i.Terms.Text)
					})
				}
				decision.OfferHash, decision.Locale = i.OfferHash, i.Terms.Locale
			}
			return execute(cmd, "Answered: "+args[1]+".", func(raw client.Option) (*client.Status, error) {
				return api.DecideInvitation(cmd.Context(), link, decision, raw)
			})
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-terms", false, "accept the terms")
	cmd.Flags().StringVar(&reason, "reason", "", "reason for declining: not_needed, price, wrong_person, unexpected or other")
	cmd.Flags().StringVar(&comment, "comment", "", "comment to the office")
	return cmd
}

func handOnCommand() *cobra.Command {
	var colleague client.HandOnRequest
	cmd := &cobra.Command{
		Use: "hand-on LINK NAME EMAIL", Short: "Hand an invitation on to a colleague, as an administrator of the customer", Args: exactly(3),
		Long: "Hand an invitation on to a colleague, who becomes an administrator of the customer and answers instead.\nLINK is the URL in the e-mail. The administrator's token is in COUNTERSIGN_TOKEN.",
		RunE: func(cmd *cobra.Command, args []string) error {
			colleague.Name, colleague.Email = args[1], args[2]
			return execute(cmd, "Handed on.", func(raw client.Option) (*client.Status, error) {
				return newClient(requestTimeout).HandOnInvitation(cmd.Context(), linkToken(args[0]), colleague, raw)
			})
		},
	}
	cmd.Flags().StringVar(&colleague.Phone, "phone", "", "the colleague's telephone number")
	return cmd
}

// linkToken returns the token of an invitation from its URL, also one that a mail
// program ended with a slash.
func linkToken(url string) string {
	url = strings.TrimRight(url, "/")
	return url[strings.LastIndex(url, "/")+1:]
}
