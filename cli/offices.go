package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"countersign/collaboration"
	"countersign/internal/bootstrap"
	"countersign/internal/config"
)

// officeCommand manages the offices of an installation, in the database.
func officeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "office", Short: "Add, list, rename and deactivate the offices of this installation", GroupID: "roles",
		Long: "Add, list, rename and deactivate offices, in the database at COUNTERSIGN_DATABASE_URL.",
		Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(addOfficeCommand(), listOfficesCommand(),
		changeOfficeCommand("rename OFFICE NAME", "Change the name that customers see", 2, "renamed", func(cmd *cobra.Command, o bootstrap.Offices, args []string) error {
			return o.Rename(cmd.Context(), args[0], args[1])
		}),
		changeOfficeCommand("deactivate OFFICE", "Remove all rights of an office's employees; its collaborations go on", 1, "deactivated", func(cmd *cobra.Command, o bootstrap.Offices, args []string) error {
			return o.SetActive(cmd.Context(), args[0], false)
		}),
		changeOfficeCommand("activate OFFICE", "Give a deactivated office its rights back", 1, "activated", func(cmd *cobra.Command, o bootstrap.Offices, args []string) error {
			return o.SetActive(cmd.Context(), args[0], true)
		}))
	return cmd
}

func addOfficeCommand() *cobra.Command {
	var n collaboration.NewOffice
	var locale string
	cmd := withConfigFlag(&cobra.Command{
		Use: "add NAME --manager EMAIL", Short: "Add an office with its first manager", Args: exactly(1),
		Example: "  countersign office add 'Ekströms Redovisning' --manager maja@ekstroms.example --manager-name 'Maja Ekström'",
		RunE: func(cmd *cobra.Command, args []string) error {
			n.Name, n.Locale = args[0], collaboration.Locale(locale)
			return withOffices(cmd, func(o bootstrap.Offices) error {
				id, err := o.Add(cmd.Context(), n)
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "added %s; %s can log in as its manager\n", id, n.Clean().ManagerEmail)
				}
				return err
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&n.ManagerEmail, "manager", "", "the address of the first manager, as the OpenID provider verifies it")
	f.StringVar(&n.ManagerName, "manager-name", "", "the name of the first manager")
	f.StringVar(&locale, "locale", "sv", "the default language of invitations, and the language of e-mail to employees: sv or en")
	return cmd
}

func listOfficesCommand() *cobra.Command {
	return withConfigFlag(&cobra.Command{
		Use: "list", Short: "List the offices", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOffices(cmd, func(o bootstrap.Offices) error {
				all, err := o.List(cmd.Context())
				if err != nil {
					return err
				}
				return printOffices(cmd.OutOrStdout(), all)
			})
		},
	})
}

func printOffices(out io.Writer, all []bootstrap.Office) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tLOCALE\tEMPLOYEES\tSTATUS")
	for _, o := range all {
		status := "active"
		if !o.DeactivatedAt.IsZero() {
			status = "deactivated " + o.DeactivatedAt.Format("2006-01-02")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", o.ID, o.Name, o.Locale, o.Employees, status)
	}
	return w.Flush()
}

func changeOfficeCommand(use, short string, arguments int, done string, change func(*cobra.Command, bootstrap.Offices, []string) error) *cobra.Command {
	return withConfigFlag(&cobra.Command{
		Use: use, Short: short, Args: exactly(arguments),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOffices(cmd, func(o bootstrap.Offices) error {
				err := change(cmd, o, args)
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", done, args[0])
				}
				return err
			})
		},
	})
}

// withOffices opens the database of the settings and explains the errors.
func withOffices(cmd *cobra.Command, do func(bootstrap.Offices) error) error {
	c, err := config.Load(config.Office, settingsOf(cmd))
	if err != nil {
		return err
	}
	o, closeAll, err := bootstrap.OpenOffices(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer closeAll()
	return officeError(do(o))
}

// officeError names every invalid field by its flag or argument.
func officeError(err error) error {
	var e *collaboration.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == collaboration.CodeNotFound:
		return usageError{errors.New("there is no such office; see countersign office list")}
	case e.Code != collaboration.CodeInvalidRequest:
		return err
	}
	flags := map[string]string{"name": "NAME", "manager": "--manager", "manager_name": "--manager-name", "locale": "--locale"}
	reasons := map[collaboration.Code]string{
		collaboration.CodeRequired: "is required", collaboration.CodeTooLong: "is too long", collaboration.CodeInvalidFormat: "has the wrong format",
		collaboration.CodeInvalidChoice: "must be sv or en", collaboration.CodeDuplicate: "is already an employee of an office",
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, flags[f.Field]+" "+reasons[f.Code])
	}
	return usageError{errors.New(strings.Join(all, "; "))}
}
