// Package administration has the pages of the section Office, where managers run their
// office: its people, and the audit of its changes.
package administration
