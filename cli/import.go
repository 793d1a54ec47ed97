package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"countersign/client"
)

func importCommand() *cobra.Command {
	var partial bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Import customers and their tasks from a CSV file", Args: exactly(1),
		Long: "Import customers and their tasks from a CSV file with the columns organisation_number, name, task,\ntask_owner_email, task_status, administrator_name, administrator_email, administrator_phone, solutions.\nNothing is imported unless every line is good, or --partial. An import only adds: what is there already\nis left as it is, also where the file has another name, status, owner or phone number.",
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			var raw []byte
			result, err := newClient(fileWithin).ImportCustomers(cmd.Context(), client.ImportCustomersQuery{Partial: partial}, file, client.Raw(&raw))
			if err != nil {
				return err
			}
			return show(cmd, raw, func(w io.Writer) {
				fmt.Fprintf(w, "%d customers new or added to, %d new tasks, %d lines with nothing to add. What is there already is left as it is.\n", result.Customers, result.Tasks, result.Unchanged)
				for _, r := range result.Errors {
					fmt.Fprintln(w, "left out:", lineProblem(r))
				}
			})
		},
	}
	cmd.Flags().BoolVar(&partial, "partial", false, "import the good lines even where others are wrong")
	return cmd
}
