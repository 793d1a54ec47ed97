package message

// EmployeeMail names the new employee who receives a mail. The activity reads the address,
// so that no history has it.
type EmployeeMail struct {
	OfficeID   string `json:"office_id"`
	EmployeeID string `json:"employee_id"`
}

// WorkflowID is the same for every attempt to send the mail.
func (m EmployeeMail) WorkflowID() string { return "employee-mail:" + m.EmployeeID }
