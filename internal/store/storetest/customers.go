package storetest

import "countersign/collaboration"

// customer is one customer: "c-<number>", with the tasks "t-<number>-1" …
type customer struct {
	number       int
	office       string // office-1 by default
	organisation collaboration.OrganisationNumber
	name         string
	tasks        []task
	person       *collaboration.Contact
	deputy       *collaboration.Contact
	hasSolution  bool
	// variant is the one of Bookkeeping & Invoicing that the customer has.
	variant string
}

type task struct {
	name, owner string
	closed      bool
	// participant works on the task beside its owner.
	participant string
}

var offices = []collaboration.Office{
	{ID: "office-1", Name: "Ekströms Redovisning"},
	{ID: "office-2", Name: "Sund & Lind"},
}

var employees = []collaboration.Employee{
	{ID: "emp-maja", OfficeID: "office-1", Name: "Maja Ekström", Email: "maja@ekstroms.example", Role: collaboration.RoleManager},
	{ID: "emp-nils", OfficeID: "office-1", Name: "Nils Berg", Email: "nils@ekstroms.example", Role: collaboration.RoleEmployee},
	{ID: "emp-sara", OfficeID: "office-2", Name: "Sara Lind", Email: "sara@sundlind.example", Role: collaboration.RoleManager},
}

var (
	bookkeeping = task{name: "Löpande bokföring", owner: "emp-maja", participant: "emp-nils"}
	yearEnd     = task{name: "Bokslut och årsredovisning", owner: "emp-maja"}
	payroll     = task{name: "Lön", owner: "emp-nils"}
	vat         = task{name: "Momsdeklaration", owner: "emp-nils"}
	lastYear    = task{name: "Bokslut 2024", owner: "emp-nils", closed: true}
)

// tove answers for customers of both offices.
var tove = person("Tove Fågelsång", "tove@fagelsang.example", "070-174 06 10")

// customers has some of each scenario, with and without a task and an administrator.
var customers = []customer{
	// A: have the solution.
	{number: 1001, organisation: "5592201007", name: "Björks Bygg & Måleri AB", hasSolution: true,
		tasks: []task{bookkeeping, yearEnd}, person: person("Åsa Björk", "asa@bjorksbygg.example", "070-174 06 01")},
	{number: 1002, organisation: "5592271372", name: "Åkessons Åkeri AB", hasSolution: true, variant: "bookkeeping",
		tasks: []task{bookkeeping, lastYear}, person: person("Göran Åkesson", "goran@akessons.example", "070-174 06 02")},
	{number: 1007, organisation: "5592623226", name: "Norrskens Optik AB", hasSolution: true,
		tasks: []task{vat}, person: person("Märta Öhman", "marta@norrskensoptik.example", "070-174 06 07"), deputy: tove},
	{number: 1011, organisation: "5592904709", name: "Kvarnängens Gård AB", hasSolution: true, // no task
		person: person("Sören Kvarnäng", "soren@kvarnangen.example", "070-174 06 11")},
	// B: on the platform, without the solution.
	{number: 1003, organisation: "5592341746", name: "Blåbärsbageriet i Ängelholm AB",
		tasks: []task{bookkeeping, payroll}, person: person("Hjördis Blåbär", "hjordis@blabarsbageriet.example", "070-174 06 03"),
		deputy: person("Ture Blåbär", "ture@blabarsbageriet.example", "070-174 06 33")},
	{number: 1005, organisation: "5592482482", name: "Ärligt Kaffe Rosteri AB",
		tasks: []task{yearEnd}, person: person("Örjan Ärlig", "orjan@arligtkaffe.example", "070-174 06 05")},
	{number: 1010, organisation: "5592834336", name: "Fågelsångs Förskola Ek. för.",
		tasks: []task{payroll}, person: tove},
	{number: 1013, organisation: "5593045445", name: "Mälarhöjdens Cykel AB", // only a closed task
		tasks: []task{lastYear}, person: person("Ville Mälare", "ville@malarcykel.example", "070-174 06 13")},
	// C: not on the platform.
	{number: 1004, organisation: "5592412117", name: "Östgöta Plåtslageri AB", tasks: []task{bookkeeping}},
	{number: 1006, organisation: "5592552854", name: "Sjöbloms Rederi AB", tasks: []task{bookkeeping, yearEnd, payroll}},
	{number: 1008, organisation: "5592693591", name: "Tvätt & Färg i Hjo HB", tasks: []task{vat}},
	{number: 1009, organisation: "8502142386", name: "Elin Höglunds Keramik", tasks: []task{vat, yearEnd}}, // a sole trader
	{number: 1012, organisation: "5592975071", name: "Lövåsens El AB"},                                     // no task
	{number: 1014, organisation: "5593115818", name: "Smörgåskompaniet AB", tasks: []task{bookkeeping, lastYear}},
	// At another office.
	{number: 2001, office: "office-2", organisation: "5599771234", name: "Västkustens Varv AB",
		tasks: []task{{name: "Löpande bokföring", owner: "emp-sara"}}, person: person("Bo Västkust", "bo@vastkustvarv.example", "070-174 06 21"), deputy: tove},
}

func person(name, email, phone string) *collaboration.Contact {
	return &collaboration.Contact{Name: name, Email: email, Phone: phone}
}
