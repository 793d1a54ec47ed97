package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/collaboration"
)

func importCommand() *cobra.Command {
	var query client.ImportCustomersQuery
	columns, _ := collaboration.ImportColumns()
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import customers and their tasks from a file", Args: exactly(1),
		Long: "Import customers and their tasks from a CSV file or an Excel workbook (.xlsx) with the columns\n" + columnList(columns) + ".\nThe import adds what is new, and brings names, owners and statuses, and the\nadministrators with the same address, to the state of the file. It removes nothing.\nAn error in any line rejects the whole file, unless --partial is set.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[0], func(file io.Reader) error {
				return fetch(cmd, func(raw client.Option) (*client.Import, error) {
					return newClient(uploadTimeout).ImportCustomers(cmd.Context(), query, file, raw)
				}, printImport)
			})
		},
	}
	cmd.Flags().BoolVar(&query.Partial, "partial", false, "import the valid lines even if others have errors")
	cmd.Flags().BoolVar(&query.Preview, "preview", false, "show what the import would change, and change nothing")
	cmd.Flags().BoolVar(&query.CloseMissingTasks, "close-missing-tasks", false, "close the open tasks that the file lacks, of the customers in the file")
	return cmd
}

func printImport(w io.Writer, result *client.Import) {
	if result.Preview {
		fmt.Fprintln(w, "Preview: nothing was changed.")
	}
	fmt.Fprintf(w, "Customers: %s.\nAdministrators: %s.\nTasks: %s, %d closed.\n%d subscriptions added, %d lines unchanged.\n",
		importCounts(result.Customers), importCounts(result.Administrators), importCounts(result.Tasks), result.Tasks.Closed, result.Subscriptions, result.Unchanged)
	for _, c := range result.Changes {
		parts := []string{string(c.Action), c.Customer, c.Entry, strings.Join(c.Fields, " ")}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		fmt.Fprintf(w, "line %d: %s\n", c.Line, strings.Join(parts, ", "))
	}
	for _, r := range result.Errors {
		fmt.Fprintln(w, "rejected:", lineProblem(r))
	}
}

func importCounts(c client.ImportCounts) string {
	return fmt.Sprintf("%d added, %d changed", c.Added, c.Changed)
}

// columnList lists the columns of a file, four on a line.
func columnList(columns []string) string {
	var lines []string
	for line := range slices.Chunk(columns, 4) {
		lines = append(lines, strings.Join(line, ", "))
	}
	return strings.Join(lines, ",\n")
}
