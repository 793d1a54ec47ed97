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
	cmd.AddCommand(addCustomerCommand(), put, addTaskCommand(), administratorsCommand(),
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

func administratorsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "administrators CUSTOMER", Short: "List a customer's administrators; also add, edit, remove", Args: exactly(1),
		Long: "List a customer's administrators. To make another one the main contact, use countersign main-contact, or edit with --main-contact.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fetch(cmd, func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).GetCustomer(cmd.Context(), args[0], raw)
			}, printAdministrators)
		},
	}
	remove := &cobra.Command{
		Use: "remove CUSTOMER ADMINISTRATOR", Short: "Remove an administrator's rights (managers)", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fetch(cmd, func(raw client.Option) (*client.Customer, error) {
				return newClient(requestTimeout).RemoveAdministrator(cmd.Context(), args[0], args[1], raw)
			}, printAdministrators)
		},
	}
	add := administratorEntryCommand("add CUSTOMER NAME EMAIL PHONE", "Add an administrator", 4,
		func(cmd *cobra.Command, args []string, e client.AdministratorEntry, raw client.Option) (*client.Customer, error) {
			return newClient(requestTimeout).AddAdministrator(cmd.Context(), args[0], e, raw)
		})
	edit := administratorEntryCommand("edit CUSTOMER ADMINISTRATOR NAME EMAIL PHONE", "Replace an administrator's name, address and phone number", 5,
		func(cmd *cobra.Command, args []string, e client.AdministratorEntry, raw client.Option) (*client.Customer, error) {
			return newClient(requestTimeout).EditAdministrator(cmd.Context(), args[0], args[1], e, raw)
		})
	cmd.AddCommand(add, edit, remove)
	addJSONFlag(cmd.Commands()...)
	return cmd
}

// administratorEntryCommand sends an administrator, whose name, address and phone number are
// the last three of n arguments.
func administratorEntryCommand(use, short string, n int, send func(*cobra.Command, []string, client.AdministratorEntry, client.Option) (*client.Customer, error)) *cobra.Command {
	var e client.AdministratorEntry
	cmd := &cobra.Command{Use: use, Short: short, Args: exactly(n), RunE: func(cmd *cobra.Command, args []string) error {
		e.Name, e.Email, e.Phone = args[n-3], args[n-2], args[n-1]
		return fetch(cmd, func(raw client.Option) (*client.Customer, error) { return send(cmd, args, e, raw) }, printAdministrators)
	}}
	cmd.Flags().BoolVar(&e.MainContact, "main-contact", false, "send invitations to this person")
	return cmd
}

func printAdministrators(w io.Writer, c *client.Customer) {
	fmt.Fprintln(w, "ADMINISTRATOR\tNAME\tE-MAIL\tPHONE\tMAIN CONTACT")
	for _, a := range c.Administrators {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%t\n", a.ID, a.Name, a.Email, a.Phone, a.MainContact)
	}
}
