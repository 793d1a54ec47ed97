package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"countersign/client"
)

func employeesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "employees", Short: "List the office's employees; managers add and deactivate them", Args: noArguments, RunE: listEmployees}
	activate := &cobra.Command{
		Use: "activate EMPLOYEE", Short: "Give a deactivated employee the rights back", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, "Activated.", func(raw client.Option) (*client.Employee, error) {
				return newClient(requestTimeout).ActivateEmployee(cmd.Context(), args[0], raw)
			})
		},
	}
	handOver := &cobra.Command{
		Use: "hand-over EMPLOYEE COLLEAGUE", Short: "Give an employee's open tasks and live activations to a colleague", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, "Handed over.", func(raw client.Option) (*client.Employee, error) {
				return newClient(requestTimeout).HandOver(cmd.Context(), args[0], client.SuccessorRequest{SuccessorID: args[1]}, raw)
			})
		},
	}
	cmd.AddCommand(addEmployeeCommand(), deactivateEmployeeCommand(), activate, handOver)
	addJSONFlag(cmd.Commands()...)
	return cmd
}

func listEmployees(cmd *cobra.Command, _ []string) error {
	return fetch(cmd, func(raw client.Option) (*client.ListEmployee, error) {
		return newClient(requestTimeout).ListEmployees(cmd.Context(), raw)
	}, func(w io.Writer, list *client.ListEmployee) {
		fmt.Fprintln(w, "EMPLOYEE\tNAME\tE-MAIL\tROLE\tACTIVE\tOPEN TASKS\tLIVE ACTIVATIONS")
		for _, e := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%t\t%d\t%d\n", e.ID, e.Name, e.Email, e.Role, e.Active, e.OpenTasks, e.LiveActivations)
		}
	})
}

func addEmployeeCommand() *cobra.Command {
	var e client.EmployeeEntry
	cmd := &cobra.Command{
		Use: "add NAME EMAIL", Short: "Add an employee, who receives a mail and can log in", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			e.Name, e.Email = args[0], args[1]
			return fetch(cmd, func(raw client.Option) (*client.Employee, error) {
				return newClient(requestTimeout).AddEmployee(cmd.Context(), e, raw)
			}, func(w io.Writer, added *client.Employee) { fmt.Fprintf(w, "Employee\t%s\n", added.ID) })
		},
	}
	cmd.Flags().StringVar(&e.Role, "role", "employee", "employee or manager")
	cmd.Flags().StringVar(&e.Reference, "reference", "", "the office's own id of the employee")
	return cmd
}

func deactivateEmployeeCommand() *cobra.Command {
	var successor string
	cmd := &cobra.Command{
		Use: "deactivate EMPLOYEE", Short: "Remove all rights of an employee at once", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, "Deactivated.", func(raw client.Option) (*client.Employee, error) {
				return newClient(requestTimeout).DeactivateEmployee(cmd.Context(), args[0], client.SuccessorRequest{SuccessorID: successor}, raw)
			})
		},
	}
	cmd.Flags().StringVar(&successor, "successor", "", "the colleague that takes over the open tasks and live activations")
	return cmd
}

func logoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "logo", Short: "Describe the office's logo; managers set and remove it", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fetch(cmd, func(raw client.Option) (*client.Logo, error) {
				return newClient(requestTimeout).GetOfficeLogo(cmd.Context(), raw)
			}, printLogo)
		},
	}
	set := &cobra.Command{
		Use: "set FILE", Short: "Replace the logo by a PNG or JPEG file", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFile(args[0], func(file io.Reader) error {
				return fetch(cmd, func(raw client.Option) (*client.Logo, error) {
					return newClient(requestTimeout).PutOfficeLogo(cmd.Context(), file, raw)
				}, printLogo)
			})
		},
	}
	remove := &cobra.Command{
		Use: "remove", Short: "Remove the logo", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := newClient(requestTimeout).RemoveOfficeLogo(cmd.Context()); err != nil {
				return err
			}
			return confirm(cmd, "Removed.")
		},
	}
	cmd.AddCommand(set, remove)
	addJSONFlag(cmd.Commands()...)
	return cmd
}

func printLogo(w io.Writer, l *client.Logo) {
	fmt.Fprintf(w, "Image\t%s\nType\t%s\nSize\t%d × %d pixels, %d bytes\n", l.Path, l.ContentType, l.Width, l.Height, l.Bytes)
}
