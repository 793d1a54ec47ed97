package cli

import (
	"countersign/api"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func customersCommand() *cobra.Command {
	var query string
	cmd := &cobra.Command{
		Use: "customers", Short: "List the office's customers", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.ListView[api.CustomerView]
			raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodGet, path: "/v1/customers", query: url.Values{"q": {query}, "limit": {"100"}}}, &list)
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tNAME\tORGANISATION NUMBER\tOPEN TASKS\tSOLUTIONS")
				for _, c := range list.Items {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.OrganisationNumber, openTasks(c), solutions(c))
				}
				more(w, list.Next)
			})
		},
	}
	cmd.Flags().StringVar(&query, "query", "", "part of the name, or the start of the organisation number")
	return cmd
}

func openTasks(c api.CustomerView) string {
	var ids []string
	for _, t := range c.Tasks {
		if t.Open {
			ids = append(ids, t.ID)
		}
	}
	return strings.Join(ids, " ")
}

func solutions(c api.CustomerView) string {
	var ids []string
	for _, s := range c.Subscriptions {
		ids = append(ids, s.SolutionID)
	}
	return strings.Join(ids, " ")
}

func more(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintln(w, "… and more")
	}
}

func formCommand() *cobra.Command {
	return &cobra.Command{
		Use: "form CUSTOMER SOLUTION", Short: "Show what Activate will do and asks for", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var form api.FormView
			path := "/v1/customers/" + url.PathEscape(args[0]) + "/solutions/" + url.PathEscape(args[1])
			raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodGet, path: path}, &form)
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintf(w, "%s for %s\nScenario %s: %s\n", form.Solution.Name, form.CustomerName, form.Scenario, form.Explanation)
				for _, h := range form.Hindrances {
					fmt.Fprintf(w, "Hindrance: %s\n", h.Message)
				}
				for _, f := range form.Fields {
					fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Label, choices(f))
				}
			})
		},
	}
}

func choices(f api.FieldView) string {
	var all []string
	for _, c := range f.Choices {
		all = append(all, fmt.Sprintf("%s (%s)", c.Value, c.Label))
	}
	return strings.Join(all, ", ")
}

func importCommand() *cobra.Command {
	var partial bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import customers and their tasks from a CSV file", Args: exactly(1),
		Long: "Import customers and their tasks from a CSV file with the columns organisation_number, name, task,\ntask_owner_email, task_status, administrator_name, administrator_email, administrator_phone, solutions.\nNothing is imported unless every line is good, or --partial.",
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			var result api.ImportView
			raw, err := newAPIClient().do(cmd.Context(), call{method: http.MethodPost, path: "/v1/customers/import", query: url.Values{"partial": {strconv.FormatBool(partial)}}, file: file}, &result)
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintf(w, "%d customers and %d tasks imported, %d lines said nothing new.\n", result.Customers, result.Tasks, result.Unchanged)
				for _, r := range result.Errors {
					fmt.Fprintf(w, "left out: line %d, %s: %s (%s)\n", r.Line, r.Field, r.Message, r.Code)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&partial, "partial", false, "import the good lines even where others are wrong")
	return cmd
}
