package store

import "countersign/collaboration"

// seedCustomer is one customer of the seed: "c-<number>", "t-<number>-1" …
type seedCustomer struct {
	number       int
	office       string // office-1 where left out
	organisation collaboration.OrganisationNumber
	name         string
	tasks        []seedTask
	person       *collaboration.Contact
	deputy       *collaboration.Contact
	hasSolution  bool
	// variant is the one of Bookkeeping & Invoicing that the customer has.
	variant string
}

type seedTask struct {
	name, owner string
	closed      bool
	// participant works on the task beside its owner.
	participant string
}

var seedOffices = []collaboration.Office{
	{ID: "office-1", Name: "Ekströms Redovisning"},
	{ID: "office-2", Name: "Sund & Lind"},
}

var seedEmployees = []collaboration.Employee{
	{ID: "emp-maja", OfficeID: "office-1", Name: "Maja Ekström", Email: "maja@ekstroms.example", Role: collaboration.RoleManager},
	{ID: "emp-nils", OfficeID: "office-1", Name: "Nils Berg", Email: "nils@ekstroms.example", Role: collaboration.RoleEmployee},
	{ID: "emp-sara", OfficeID: "office-2", Name: "Sara Lind", Email: "sara@sundlind.example", Role: collaboration.RoleManager},
}

var (
	bookkeeping = seedTask{name: "Löpande bokföring", owner: "emp-maja", participant: "emp-nils"}
	yearEnd     = seedTask{name: "Bokslut och årsredovisning", owner: "emp-maja"}
	payroll     = seedTask{name: "Lön", owner: "emp-nils"}
	vat         = seedTask{name: "Momsdeklaration", owner: "emp-nils"}
	lastYear    = seedTask{name: "Bokslut 2024", owner: "emp-nils", closed: true}
)

// tove answers for customers of both offices.
var tove = person("Tove Fågelsång", "tove@fagelsang.example", "070-174 06 10")

// Of each scenario some, with and without what an activation needs.
var seedCustomers = []seedCustomer{
	// A: have the solution.
	{number: 1001, organisation: "5592201007", name: "Björks Bygg & Måleri AB", hasSolution: true,
		tasks: []seedTask{bookkeeping, yearEnd}, person: person("Åsa Björk", "asa@bjorksbygg.example", "070-174 06 01")},
	{number: 1002, organisation: "5592271372", name: "Åkessons Åkeri AB", hasSolution: true, variant: "bookkeeping",
		tasks: []seedTask{bookkeeping, lastYear}, person: person("Göran Åkesson", "goran@akessons.example", "070-174 06 02")},
	{number: 1007, organisation: "5592623226", name: "Norrskens Optik AB", hasSolution: true,
		tasks: []seedTask{vat}, person: person("Märta Öhman", "marta@norrskensoptik.example", "070-174 06 07"), deputy: tove},
	{number: 1011, organisation: "5592904709", name: "Kvarnängens Gård AB", hasSolution: true, // no task
		person: person("Sören Kvarnäng", "soren@kvarnangen.example", "070-174 06 11")},
	// B: on the platform, without the solution.
	{number: 1003, organisation: "5592341746", name: "Blåbärsbageriet i Ängelholm AB",
		tasks: []seedTask{bookkeeping, payroll}, person: person("Hjördis Blåbär", "hjordis@blabarsbageriet.example", "070-174 06 03"),
		deputy: person("Ture Blåbär", "ture@blabarsbageriet.example", "070-174 06 33")},
	{number: 1005, organisation: "5592482482", name: "Ärligt Kaffe Rosteri AB",
		tasks: []seedTask{yearEnd}, person: person("Örjan Ärlig", "orjan@arligtkaffe.example", "070-174 06 05")},
	{number: 1010, organisation: "5592834336", name: "Fågelsångs Förskola Ek. för.",
		tasks: []seedTask{payroll}, person: tove},
	{number: 1013, organisation: "5593045445", name: "Mälarhöjdens Cykel AB", // only a closed task
		tasks: []seedTask{lastYear}, person: person("Ville Mälare", "ville@malarcykel.example", "070-174 06 13")},
	// C: not on the platform.
	{number: 1004, organisation: "5592412117", name: "Östgöta Plåtslageri AB", tasks: []seedTask{bookkeeping}},
	{number: 1006, organisation: "5592552854", name: "Sjöbloms Rederi AB", tasks: []seedTask{bookkeeping, yearEnd, payroll}},
	{number: 1008, organisation: "5592693591", name: "Tvätt & Färg i Hjo HB", tasks: []seedTask{vat}},
	{number: 1009, organisation: "8502142386", name: "Elin Höglunds Keramik", tasks: []seedTask{vat, yearEnd}}, // a sole trader
	{number: 1012, organisation: "5592975071", name: "Lövåsens El AB"},                                         // no task
	{number: 1014, organisation: "5593115818", name: "Smörgåskompaniet AB", tasks: []seedTask{bookkeeping, lastYear}},
	// Another office's.
	{number: 2001, office: "office-2", organisation: "5599771234", name: "Västkustens Varv AB",
		tasks: []seedTask{{name: "Löpande bokföring", owner: "emp-sara"}}, person: person("Bo Västkust", "bo@vastkustvarv.example", "070-174 06 21"), deputy: tove},
}

func person(name, email, phone string) *collaboration.Contact {
	return &collaboration.Contact{Name: name, Email: email, Phone: phone}
}
