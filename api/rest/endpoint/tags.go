package endpoint

// The tags of operations that several packages declare.
const (
	TagCustomers = "Customers"
	TagEmployees = "Employees"
)
