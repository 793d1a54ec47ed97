package main_test

// A guard is a part of the product that a row of the threat model in docs/security.md
// describes. Its test must fail without it.
type guard struct {
	test   string // as the row names it
	file   string
	source string // occurs once in the file
	// without replaces the source. The result must compile.
	without string
}

// guards has the most important rows. Prefer tests of small packages: each guard is one
// build of its test.
var guards = []guard{
	// forged links, and links for another purpose
	{"internal/link.TestVerify_ChecksEveryField", "internal/link/token.go",
		"if c.Purpose != purpose {", "if false {"},
	{"internal/link.TestVerify_RejectsModifiedLink", "internal/link/token.go",
		"if !hmac.Equal([]byte(got), []byte(mac(key, payload))) {", "if false && !hmac.Equal([]byte(got), []byte(mac(key, payload))) {"},

	// rights, sessions, cross-site requests
	{"api.TestAccess_MatchesTable", "api/request/access.go",
		"return p.Employee != nil && p.Employee.Role == collaboration.RoleManager", "return p.Employee != nil"},
	{"api.TestEventStream_EndsWithRights", "api/rest/events.go",
		"if err := f.recheck(ctx); err != nil {", "if err := f.recheck(ctx); false {"},
	{"api.TestLogin_RenewsSessionToken", "api/page/session.go",
		"if err := sessions.RenewToken(ctx); err != nil {", "if err := error(nil); err != nil {"},
	{"api.TestCSRF_RejectsFormWithoutToken", "api/page/gate.go",
		"level != request.AccessPublic && !isFormOfThisLogin(c)", "level != request.AccessPublic && false && !isFormOfThisLogin(c)"},
	{"internal/identity.TestSessions_LogoutIsFinal", "internal/identity/session_store.go",
		"*loaded == token {", "*loaded == token && false {"},
	{"internal/identity.TestProvider_Conformance", "internal/identity/verify_token.go",
		"case !slices.Contains(token.Audience, audience):", "case false && !slices.Contains(token.Audience, audience):"},

	// separate parties
	{"api.TestDuties_EmployeeCannotActForCustomer", "internal/app/collaboration.go",
		"if p.IsEmployeeOf(c.Activation.OfficeID) {", "if false {"},
	{"internal/store.TestInvitees_NeverEmployees", "internal/store/invitees.go",
		"if !ofOffice {", "if true || !ofOffice {"},
	{"internal/store.TestHandOnInvitation_SeparatesParties", "internal/store/steps_change.go",
		"{{by.Email, collaboration.CodeSeparationOfDuties}, {c.HandOn.Colleague.Email, collaboration.CodeEmployeeAddress}}", "{{by.Email, collaboration.CodeSeparationOfDuties}}"},
	{"internal/app/directory.TestEditAdministrator_StartsMailsFirst", "internal/app/directory/administrators.go",
		"if err := d.mails.SendDirectoryMail(ctx, m); err != nil {", "if _ = m; false {"},
	{"workflows.TestHandOn_IsLimited", "workflows/state_machine.go",
		"case m.Invitation.HandOns >= collaboration.MaxHandOns:", "case false:"},

	// offices do not see each other
	{"internal/cache.TestCustomer_OfAnotherOfficeIsNotFound", "internal/cache/customers.go",
		" || customer.OfficeID != officeID {", " {"},

	// evidence
	{"internal/store.TestAudit_IsAppendOnly", "internal/store/migrations/triggers.go",
		`{"audit_no_delete", "BEFORE DELETE ON audit", "", abort},`, ""},
	{"collaboration/anchor.TestCheck_DetectsRewrittenChain", "collaboration/anchor/check.go",
		"row.Hash != head.Hash {", "row.Hash != head.Hash && false {"},

	// personal data and secrets
	{"internal/codec.TestDecode_RejectsModifiedPayload", "internal/codec/data_key.go",
		`return nil, fmt.Errorf("%w: data key %s", errModified, k.id)`, `_ = fmt.Errorf("%w: data key %s", errModified, k.id)`},
	{"internal/codec.TestConfigureClient_RefusesPayloadOfAnotherWorkflow", "internal/codec/binding.go",
		"string(got) == workflowID {", "true {"},
	{"internal/store.TestWebhookSecret_BoundToWebhook", "internal/codec/secret.go",
		` + "\x00" + owner)`, `)`},
	{"internal/store.TestEraseCustomer_RemovesPersonalData", "internal/store/erasure.go",
		"if err := t.ErasePrivate(ctx, string(id)); err != nil {", "if err := error(nil); err != nil {"},
	{"collaboration/apikey.TestSecret_IsRandomAndHashed", "collaboration/apikey/apikey.go",
		"rand.Read(random) // never fails, as documented", "_ = rand.Read"},

	// calls to other systems
	{"internal/webhook.TestPost_RejectsPrivateAddress", "internal/webhook/sender.go",
		"Control: rejectPrivate}", "Control: nil}"},
	{"internal/webhook.TestPost_MapsResponses", "internal/webhook/sender.go",
		"return http.ErrUseLastResponse", "return nil"},
	{"internal/platform.TestClient_DoesNotFollowRedirects", "internal/platform/client.go",
		"return http.ErrUseLastResponse", "return nil"},
	{"internal/mail.TestSend_RejectsInvalidMessage", "internal/mail/message.go",
		"case !isOneLine(m.ToName) || !isOneLine(m.Subject):", "case false:"},
	{"internal/mail.TestEvents_RejectForgery", "internal/mail/sendgrid_events.go",
		"ok && err == nil {", "ok || err == nil {"},

	// floods
	{"internal/limit.TestTake_RedisDown", "internal/limit/limiter.go",
		"		return l.local.take(key, r, events)\n	}\n	return max(", "		return 0, 0\n	}\n	return max("},
}
