package table

import "strings"

// swedish has the columns of customer files by the names that Swedish programs write.
var swedish = map[string]string{
	"organisationsnummer": "organisation_number", "org.nr": "organisation_number", "orgnr": "organisation_number", "org nr": "organisation_number",
	"namn": "name", "kundnamn": "name", "kund": "name", "företagsnamn": "name",
	"uppdrag": "task", "uppgift": "task",
	"ansvarig": "task_owner_email", "ansvarig e-post": "task_owner_email", "ansvarigs e-post": "task_owner_email",
	"status": "task_status", "uppdragsstatus": "task_status",
	"tjänster": "solutions", "lösningar": "solutions",
	"administratör": "administrator_name", "kontaktperson": "administrator_name", "kontaktpersons namn": "administrator_name",
	"e-post": "administrator_email", "kontaktpersons e-post": "administrator_email",
	"telefon": "administrator_phone", "kontaktpersons telefon": "administrator_phone",
}

// columnName returns the column of a field of the header.
func columnName(field string) string {
	name := strings.ToLower(strings.TrimSpace(field))
	if column, known := swedish[name]; known {
		return column
	}
	return name
}
