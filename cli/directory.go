package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"countersign/client"
)

func customerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "customer", Short: "Add, replace, archive and restore customers", Args: noArguments,
		Long: "Add, replace, archive and restore customers. CUSTOMER is an id, an organisation number or the office's own id.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	put := &cobra.Command{
		Use: "put CUSTOMER FILE", Short: "Bring a customer to the state of a JSON file, with its tasks and administrators", Args: exactly(2),
		Long: "Bring a customer to the state of a JSON file: the body of PUT /v1/customers/{key} in the API's documentation.\nA new key adds the customer. A repetition changes nothing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[1], func(file io.Reader) error {
				var record client.CustomerRecord
				if err := json.NewDecoder(file).Decode(&record); err != nil {
					return usageError{fmt.Errorf("%s: %w", args[1], err)}
				}
				return fetch(cmd, func(raw client.Option) (*client.Customer, error) {
					return newClient(requestTimeout).PutCustomer(cmd.Context(), args[0], record, raw)
				}, printCustomer)
			})
		},
	}
	cmd.AddCommand(addCustomerCommand(), put, addTaskCommand(),
		customerAction("archive CUSTOMER", "Remove a customer from the lists (managers)", "Archived.", (*client.Client).ArchiveCustomer),
		customerAction("restore CUSTOMER", "Return an archived customer to the lists (managers)", "Restored.", (*client.Client).RestoreCustomer))
	addJSONFlag(cmd.Commands()...)
	return cmd
}

func printCustomer(w io.Writer, c *client.Customer) {
	fmt.Fprintf(w, "Customer\t%s\nOpen tasks\t%s\n", c.ID, openTasks(*c))
}

func addCustomerCommand() *cobra.Command {
	var c client.CustomerEntry
	cmd := &cobra.Command{
		Use: "add NAME NUMBER", Short: "Add a customer with its organisation number", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Name, c.OrganisationNumber = args[0], args[1]
			return fetch(cmd, func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).AddCustomer(cmd.Context(), c, raw)
			}, printCustomer)
		},
	}
	cmd.Flags().StringVar(&c.Reference, "reference", "", "the office's own id of the customer")
	return cmd
}

func addTaskCommand() *cobra.Command {
	var t client.TaskEntry
	cmd := &cobra.Command{
		Use: "add-task CUSTOMER NAME --owner EMPLOYEE", Short: "Add a task to a customer", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Name = args[1]
			return fetch(cmd, func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).AddTask(cmd.Context(), args[0], t, raw)
			}, printCustomer)
		},
	}
	cmd.Flags().StringVar(&t.Owner, "owner", "", "the responsible employee: the id, the office's own id or the address")
	cmd.Flags().StringVar(&t.Reference, "reference", "", "the office's own id of the task")
	return cmd
}

// customerAction calls the API for one customer and prints a confirmation.
func customerAction(use, short, confirmation string, call func(*client.Client, context.Context, string, ...client.Option) (*client.Customer, error)) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: exactly(1), RunE: func(cmd *cobra.Command, args []string) error {
		return execute(cmd, confirmation, func(raw client.Option) (*client.Customer, error) {
			return call(newClient(requestTimeout), cmd.Context(), args[0], raw)
		})
	}}
}
