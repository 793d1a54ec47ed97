package largeoffice

import (
	"fmt"
	"math/rand/v2"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/store/storetest"
)

// OfficeID is the id of the office, and CustomerCount the number of its customers.
const (
	OfficeID      = "office-3"
	CustomerCount = 800
)

// ManagerEmail is the address of a manager.
const ManagerEmail = "karin@wallmark.example"

var employees = []collaboration.Employee{
	{ID: "emp-karin", Name: "Karin Wallmark", Email: ManagerEmail, Role: collaboration.RoleManager},
	{ID: "emp-jonas", Name: "Jonas Tegelby", Email: "jonas@wallmark.example", Role: collaboration.RoleManager},
	{ID: "emp-amina", Name: "Amina Farsdal", Email: "amina@wallmark.example", Role: collaboration.RoleEmployee},
	{ID: "emp-bengt", Name: "Bengt Ljusnes", Email: "bengt@wallmark.example", Role: collaboration.RoleEmployee},
	{ID: "emp-elsa", Name: "Elsa Norrgård", Email: "elsa@wallmark.example", Role: collaboration.RoleEmployee},
	{ID: "emp-linus", Name: "Linus Rågby", Email: "linus@wallmark.example", Role: collaboration.RoleEmployee},
	{ID: "emp-petra", Name: "Petra Ösmark", Email: "petra@wallmark.example", Role: collaboration.RoleEmployee},
	{ID: "emp-tomas", Name: "Tomas Vikbo", Email: "tomas@wallmark.example", Role: collaboration.RoleEmployee},
}

var taskNames = []string{"Löpande bokföring", "Bokslut och årsredovisning", "Lön", "Momsdeklaration", "Inkomstdeklaration", "Rådgivning", "Koncernredovisning"}

// seed makes the names and lives the same in every stack.
const seed = 1

// customerID returns the id of the n-th customer.
func customerID(n int) string { return fmt.Sprintf("c-%d", 3001+n) }

// dataset returns the office and its customers, which were registered before base. Each
// customer has what its life in the plan needs.
func dataset(base time.Time, plan []entry) storetest.Dataset {
	d := storetest.Dataset{Offices: []collaboration.Office{{ID: OfficeID, Name: "Wallmark & Partner Redovisning"}}, Participants: map[string][]string{}}
	for _, e := range employees {
		e.OfficeID = OfficeID
		d.Employees = append(d.Employees, e)
	}
	n := names{rand.New(rand.NewPCG(seed, 0)), map[string]bool{}}
	for i, planned := range plan {
		d.Customers = append(d.Customers, n.customer(i, planned, base, d.Participants))
	}
	return d
}

// registeredBefore is the time between the registration of the first customer and base.
const registeredBefore = 600 * 24 * time.Hour

func (n names) customer(i int, planned entry, base time.Time, participants map[string][]string) collaboration.Customer {
	c := collaboration.Customer{ID: customerID(i), OfficeID: OfficeID, CreatedAt: base.Add(-registeredBefore + time.Duration(i)*time.Hour)}
	owner := n.person()
	if n.IntN(12) == 0 {
		c.Name, c.OrganisationNumber = n.soleTrader(owner), personalNumber(i)
	} else {
		c.Name, c.OrganisationNumber = n.company(), companyNumber(i)
	}
	n.addTasks(&c, planned, participants)
	if planned.scenario != collaboration.NewCustomer {
		n.addAdministrators(&c, owner)
	}
	if planned.scenario == collaboration.HasSolution {
		n.addSubscription(&c, planned.solution, base)
	}
	return c
}

func (n names) addTasks(c *collaboration.Customer, planned entry, participants map[string][]string) {
	first, count := n.IntN(len(taskNames)), 1+n.IntN(3)
	for i := range count {
		id := fmt.Sprintf("t-%s-%d", c.ID[len("c-"):], i+1)
		open := n.IntN(8) > 0
		if i == 0 && planned.live != nil {
			open = !planned.taskIsClosed
		}
		c.Tasks = append(c.Tasks, collaboration.Task{
			ID: id, CustomerID: c.ID, OwnerID: pick(n.Rand, employees).ID, Name: taskNames[(first+i)%len(taskNames)], Open: open,
		})
		if n.IntN(3) == 0 {
			participants[id] = []string{pick(n.Rand, employees).ID}
		}
	}
}

func (n names) addAdministrators(c *collaboration.Customer, owner string) {
	people := []string{owner}
	if n.IntN(4) == 0 {
		people = append(people, n.person())
	}
	for i, person := range people {
		contact := n.contact(person, c.Name)
		if i > 0 && contact.Email == c.Administrators[0].Email {
			continue
		}
		c.Administrators = append(c.Administrators, collaboration.Administrator{
			ID: fmt.Sprintf("a-%s-%d", c.ID[len("c-"):], i+1), CustomerID: c.ID, Contact: contact, MainContact: i == 0,
		})
	}
}

func (n names) addSubscription(c *collaboration.Customer, solutionID string, base time.Time) {
	since := base.Add(-registeredBefore).AddDate(0, 0, n.IntN(90))
	s := collaboration.Subscription{SolutionID: solutionID, InvoiceRecipient: collaboration.PaidByCustomer, Since: since}
	if solution, _ := catalogue.Embedded.Solution(solutionID); solution.KeepsAgreement {
		s.Variant = pick(n.Rand, solution.Variants).ID
		s.RenewsOn = collaboration.DateOf(base).AddMonths(1 + n.IntN(11)).FirstOfNextMonth()
	}
	c.Subscriptions = append(c.Subscriptions, s)
}
