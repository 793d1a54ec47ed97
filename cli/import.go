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
	var partial bool
	columns, _ := collaboration.ImportColumns()
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import customers and their tasks from a CSV file", Args: exactly(1),
		Long: "Import customers and their tasks from a CSV file with the columns\n" + columnList(columns) + ".\nAn error in any line rejects the whole file, unless --partial is set. The import adds customers, tasks and\nadministrators; it never changes existing ones.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[0], func(file io.Reader) error {
				return fetch(cmd, func(raw client.Option) (*client.Import, error) {
					return newClient(uploadTimeout).ImportCustomers(cmd.Context(), client.ImportCustomersQuery{Partial: partial}, file, raw)
				}, printImport)
			})
		},
	}
	cmd.Flags().BoolVar(&partial, "partial", false, "import the valid lines even if others have errors")
	return cmd
}

func printImport(w io.Writer, result *client.Import) {
	fmt.Fprintf(w, "%d customers added or extended, %d tasks added, %d lines without additions.\n", result.Customers, result.Tasks, result.Unchanged)
	for _, r := range result.Errors {
		fmt.Fprintln(w, "rejected:", lineProblem(r))
	}
}

// columnList lists the columns of a file, four on a line.
func columnList(columns []string) string {
	var lines []string
	for line := range slices.Chunk(columns, 4) {
		lines = append(lines, strings.Join(line, ", "))
	}
	return strings.Join(lines, ",\n")
}
