package i18n

import "countersign/collaboration"

// ActorName returns the name of an employee, or of a program with its kind.
func ActorName(l collaboration.Locale, id, name string) string {
	if name != "" && collaboration.IsProgram(id) {
		return Text(l, "actor.program", name)
	}
	return name
}
