package browser_test

import (
	"strings"
	"testing"
)

// A manager adds a colleague and a customer with a task in the pages, and activates.
// Then the colleague is deactivated, and the page of the office says what happened.
func TestFirstDay_InPages(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, maja, looks["sv 1280"])
	entry := func(key string) string { return w.translate("entry." + key) }

	w.visit("/office/people")
	w.checkAccessibility()
	w.click(entry("employee.add"))
	w.fill(entry("name"), "Kim Kollega")
	w.fill(entry("email"), "kim@ekstroms.example")
	w.checkAccessibility()
	w.click(entry("employee.add"))
	w.waitForText("Kim Kollega")

	w.visit("/customers")
	w.click(w.translate("office.customers.add"))
	w.waitForPath("/customers/new") // the list has a field for a name, too
	w.fill(entry("name"), "Förstadagens AB")
	w.fill(entry("organisation_number"), "556677-88")
	w.click(entry("customer.add"))
	w.waitForText(w.translate("page.errors.title"))
	w.checkAccessibility()
	w.fill(entry("organisation_number"), "556677-8899")
	w.click(entry("customer.add"))
	w.waitForText(w.translate("office.customer.no_open_task"))
	w.checkAccessibility()

	w.click(w.translate("office.customer.task.add"))
	w.waitForText(entry("task.name.hint"))
	w.fill(entry("name"), "Löpande bokföring")
	w.checkAccessibility()
	w.click(entry("task.add"))
	w.waitForText("Löpande bokföring")
	customer, _, _ := strings.Cut(strings.TrimPrefix(w.currentPath(), "/customers/"), "/")
	w.visit("/customers/" + customer + "/collaborations/" + invoices)
	w.activate(invitee{customer, "Förstadagens AB", "fia@forstadagen.example", invoices}, false)

	w.visit("/customers/" + customer + "/archive")
	w.click(entry("customer.archive"))
	w.waitForText(w.translate("error.customer_active"))
	w.checkAccessibility()

	w.visit("/office/people")
	w.click("Kim Kollega")
	w.click(entry("employee.deactivate"))
	w.waitForText(w.translate("entry.employee.deactivate.title", "Kim Kollega"))
	w.checkAccessibility()
	w.click(entry("employee.deactivate"))
	w.waitForText(w.translate("office.people.deactivated"))

	w.visit("/office/changes")
	w.waitForText(w.translate("change.employee_deactivated"), w.translate("change.customer_added"), w.translate("change.task_added"))
	w.checkAccessibility()
}
