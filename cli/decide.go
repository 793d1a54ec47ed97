package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"countersign/api"
	"countersign/collaboration"
)

func decideCommand() *cobra.Command {
	var accept bool
	var reason, comment string
	cmd := &cobra.Command{
		Use: "decide LINK approve|decline", Short: "Answer an invitation, as one of the customer's administrators", Args: exactly(2),
		Long: "Answer an invitation as the administrator of the customer whose token COUNTERSIGN_TOKEN is. LINK is the address in the e-mail.\nTo approve, read the terms (they are printed without --accept-terms) and pass --accept-terms.",
		RunE: func(cmd *cobra.Command, args []string) error {
			outcome := collaboration.Outcome(args[1])
			if outcome != collaboration.Approve && outcome != collaboration.Decline {
				return usageError{fmt.Errorf("%q: say approve or decline", args[1])}
			}
			client := newAPIClient()
			path := "/v1/invitations/" + url.PathEscape(args[0][strings.LastIndex(args[0], "/")+1:])
			decision := api.DecisionRequest{Outcome: outcome, AcceptTerms: accept, Reason: collaboration.DeclineReason(reason), Comment: comment}
			if outcome == collaboration.Approve {
				var i api.InvitationView
				raw, err := client.do(cmd.Context(), call{method: http.MethodGet, path: path}, &i)
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
			return post(cmd, client, path+"/decision", decision, "Answered: "+args[1]+".")
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-terms", false, "you have read the terms and accept them")
	cmd.Flags().StringVar(&reason, "reason", "", "why it is declined: not_needed, price, wrong_person, unexpected or other")
	cmd.Flags().StringVar(&comment, "comment", "", "a few words to the office")
	return cmd
}

// post hands a message over and prints what people shall know then.
func post(cmd *cobra.Command, client *apiClient, path string, body any, done string) error {
	return send(cmd, client, call{method: http.MethodPost, path: path, body: body}, done)
}

func send(cmd *cobra.Command, client *apiClient, c call, done string) error {
	var s api.StandingView
	raw, err := client.do(cmd.Context(), c, &s)
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { fmt.Fprintln(w, done) })
}

func messageCommand(name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name + " ACTIVATION", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return post(cmd, newAPIClient(), "/v1/activations/"+url.PathEscape(args[0])+"/"+name, nil, "Recorded. See: countersign status "+args[0])
		},
	}
}
