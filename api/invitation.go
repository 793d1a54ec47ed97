package api

import (
	"cmp"
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/link"
)

// invitation is what a good link leads to.
type invitation struct {
	claims   link.Claims
	record   collaboration.Record
	solution collaboration.Solution
	customer collaboration.Customer // empty where the lookup failed
	status   invitationStatus
}

// invitationStatus is where an invitation stands for who holds its link.
type invitationStatus string

const (
	open      invitationStatus = "open"
	decided   invitationStatus = "decided"
	replaced  invitationStatus = "replaced"
	expired   invitationStatus = "expired"
	withdrawn invitationStatus = "withdrawn"
	failed    invitationStatus = "failed"
)

// invitation finds what a link leads to. Only a link that we never signed, or
// whose activation does not exist, is an error: link_invalid.
func (s *Server) invitation(ctx context.Context, token string) (invitation, error) {
	claims, err := s.Links.Verify(token, link.Approve, s.Now())
	late := collaboration.CodeOf(err) == collaboration.CodeLinkExpired
	if err != nil && !late {
		return invitation{}, err
	}
	i := invitation{claims: claims}
	i.record, err = s.record(ctx, claims.Activation)
	switch collaboration.CodeOf(err) {
	case "":
	case collaboration.CodeActivationNotFound:
		return invitation{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid, Cause: err}
	default:
		return invitation{}, err
	}
	solution, ok := s.Catalogue.Solution(i.record.SolutionID)
	if !ok {
		return invitation{}, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", i.record.SolutionID)
	}
	i.solution = solution
	if i.record.State.Pending() {
		s.catchUp(ctx, &i.record)
	}
	i.status = i.stands(s.Now(), late)
	if i.status == open || i.status == decided {
		i.customer, _ = s.customer(ctx, i.record.OfficeID, i.record.CustomerID) // reading does without
	}
	return i, nil
}

// catchUp takes over what the workflow knows before the facts do, so that
// whoever has just answered sees that. Without its answer the facts stand.
func (s *Server) catchUp(ctx context.Context, r *collaboration.Record) {
	ctx, cancel := context.WithTimeout(ctx, min(s.ReadTimeout, time.Second))
	defer cancel()
	standing, err := s.Starter.Standing(ctx, r.ID)
	if err != nil {
		return
	}
	if standing.State != "" {
		r.State = standing.State
	}
	if standing.Decision != nil {
		r.Decision = standing.Decision
	}
	if standing.Agreement != nil {
		r.Agreement = standing.Agreement
	}
	if standing.Generation > r.Generation {
		r.Generation, r.ExpiresAt = standing.Generation, standing.ExpiresAt
	}
}

func (i invitation) stands(now time.Time, late bool) invitationStatus {
	r := i.record
	older := i.claims.Generation < r.Generation
	switch {
	case older && (r.Decision != nil || r.State.Pending()):
		// Its holder may be someone whose address was corrected since.
		return replaced
	case r.Decision != nil, r.State == collaboration.Active, r.State == collaboration.Ended, r.State == collaboration.Declined:
		return decided
	case r.State == collaboration.Withdrawn:
		return withdrawn
	case r.State == collaboration.Failed:
		return failed
	case late, r.State == collaboration.Expired, !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt):
		return expired
	}
	return open
}

// code is what an answer to an invitation in that status fails with; "" for
// an open one.
func (st invitationStatus) code() collaboration.Code {
	switch st {
	case open:
		return ""
	case decided:
		return collaboration.CodeAlreadyDecided
	case replaced:
		return collaboration.CodeLinkReplaced
	case expired:
		return collaboration.CodeLinkExpired
	default:
		return collaboration.CodeNotPending
	}
}

// variant is the name of the variant that is shared; "" where there is one only.
func (i invitation) variant(l collaboration.Locale) string {
	v, _ := i.solution.Variant(i.record.Variant)
	return v.Name.In(l)
}

// kept is what the customer had of the solution, and keeps.
func (i invitation) kept(l collaboration.Locale) *KeptView {
	if i.record.Scenario != collaboration.HasSolution {
		return nil
	}
	return viewKept("page.kept", i.solution, i.record.Variant, i.record.KeptUntil, l)
}

// answer is what someone answers an invitation with.
type answer struct {
	id          string
	outcome     collaboration.Outcome
	acceptTerms bool
	termsHash   string
	locale      collaboration.Locale
	reason      collaboration.DeclineReason
	comment     string
}

// decide hands an answer to the workflow. An invitation that is no longer
// open is left to the workflow too: it knows a repeat from a second answer.
func (s *Server) decide(ctx context.Context, i invitation, a answer) (collaboration.Standing, error) {
	if i.status != open && i.status != decided {
		return collaboration.Standing{}, &collaboration.Error{Code: i.status.code()}
	}
	by, err := s.invitee(ctx, i)
	if err != nil {
		return collaboration.Standing{}, err
	}
	d := collaboration.Decision{
		ID: a.id, Activation: i.record.ID, Generation: i.claims.Generation, Outcome: a.outcome, By: by, At: s.Now().UTC(),
		Reason: a.reason, Comment: a.comment,
	}
	if a.outcome == collaboration.Approve {
		if a.termsHash != "" && a.termsHash != i.solution.Terms.Hash(a.locale) {
			return collaboration.Standing{}, &collaboration.Error{Code: collaboration.CodeTermsChanged}
		}
		if a.acceptTerms {
			d.TermsVersion, d.TermsHash, d.Locale = i.solution.Terms.Version, a.termsHash, a.locale
		}
	}
	if err := d.Check(); err != nil {
		return collaboration.Standing{}, err
	}
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	standing, err := s.Starter.Decide(ctx, d)
	switch code := collaboration.CodeOf(err); {
	case code == "" && standing.Decision != nil && standing.Decision.ID != d.ID:
		err = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	case (code == collaboration.CodeActivationNotFound || code == collaboration.CodeNotPending) && i.record.Decision != nil:
		// The workflow is over and done with; the facts know how.
		if i.record.Decision.ID == d.ID {
			return recorded(i.record), nil
		}
		standing, err = recorded(i.record), &collaboration.Error{Code: collaboration.CodeAlreadyDecided, Cause: err}
	}
	if collaboration.CodeOf(err) == collaboration.CodeAlreadyDecided {
		err = &fault{error: err, decision: standing.Decision}
	}
	return standing, err
}

// recorded is where the facts show an activation.
func recorded(r collaboration.Record) collaboration.Standing {
	return collaboration.Standing{Activation: r.ID, State: r.State, Generation: r.Generation, ExpiresAt: r.ExpiresAt, Decision: r.Decision, Agreement: r.Agreement}
}

// unknownInvitee answers where none of the customer's administrators has the
// address that was invited.
const unknownInvitee = "invitee"

// invitee is who answers. The decision is kept for good, so only the facts may
// say that it is nobody; without them it must wait.
func (s *Server) invitee(ctx context.Context, i invitation) (string, error) {
	if id := i.invitedOf(i.customer); id != "" {
		return id, nil
	}
	customer, err := s.customerFrom(ctx, s.Facts, i.record.OfficeID, i.record.CustomerID)
	if err != nil {
		return "", &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	return cmp.Or(i.invitedOf(customer), unknownInvitee), nil
}

// invitedOf is the administrator that was invited; "" where there is none.
func (i invitation) invitedOf(c collaboration.Customer) string {
	for _, a := range c.Administrators {
		if a.Email != "" && a.Email == i.record.InvitedEmail {
			return a.ID
		}
	}
	return ""
}
