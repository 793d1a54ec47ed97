package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/link"
)

// invitation is one invitation, as it is for whoever asks for it.
type invitation struct {
	// linked is the generation of the link that led here, or unlinked.
	linked   int
	late     bool // the link's own time is over
	record   collaboration.Record
	solution collaboration.Solution
	customer collaboration.Customer // empty where the lookup failed
	status   invitationStatus
	// by is who of the customer's administrators asks; "" for anybody else.
	by string
	// readable is whether the one who asks may see more than who invites to what.
	readable bool
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

// linked is the invitation that a link leads to.
func (s *Server) linked(ctx context.Context, token string) (invitation, error) {
	i, err := s.recordedBehind(ctx, token)
	if err != nil {
		return i, err
	}
	return s.asItIs(ctx, i)
}

// readableLink is linked, for the customer's administrators alone.
func (s *Server) readableLink(ctx context.Context, token string) (invitation, error) {
	return onlyReadable(s.linked(ctx, token))
}

func onlyReadable(i invitation, err error) (invitation, error) {
	if err == nil && !i.readable {
		err = &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	return i, err
}

// answerableLink is readableLink for an answer. The workflow is not asked where it
// stands before it is told, unless the facts say that there is nothing to answer.
func (s *Server) answerableLink(ctx context.Context, token string) (invitation, error) {
	i, err := s.recordedBehind(ctx, token)
	if err != nil || i.by != "" && i.status == open {
		return i, err
	}
	return onlyReadable(s.asItIs(ctx, i))
}

// recordedBehind is the invitation that a link leads to, as the facts have it. Only a
// link that we never signed, or whose activation does not exist, is an error: link_invalid.
func (s *Server) recordedBehind(ctx context.Context, token string) (invitation, error) {
	claims, err := s.Links.Verify(token, link.Approve, s.Now())
	late := collaboration.CodeOf(err) == collaboration.CodeLinkExpired
	if err != nil && !late {
		return invitation{}, err
	}
	r, err := s.record(ctx, claims.Activation)
	switch collaboration.CodeOf(err) {
	case "":
	case collaboration.CodeActivationNotFound:
		return invitation{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid, Cause: err}
	default:
		return invitation{}, err
	}
	return s.recordedInvitation(ctx, r, claims.Generation, late)
}

// unlinked is for an administrator who comes without a link, to the current generation.
const unlinked = -1

// recordedInvitation is what an activation's customer is asked, or was, as the facts have it.
func (s *Server) recordedInvitation(ctx context.Context, r collaboration.Record, generation int, late bool) (invitation, error) {
	solution, err := s.solutionOf(r)
	i := invitation{record: r, linked: generation, late: late, solution: solution, by: personOf(ctx).AdministratorOf(r.CustomerID)}
	i.status = i.stands(s.Now())
	return i, err
}

// asItIs is an invitation with what the workflow knows before the facts do, and
// whether whoever asks may read it.
func (s *Server) asItIs(ctx context.Context, i invitation) (invitation, error) {
	r := &i.record
	if r.State.Pending() {
		s.catchUp(ctx, r)
		i.status = i.stands(s.Now())
	}
	if i.by == "" && i.status == open && i.wasInvited(personOf(ctx)) {
		if err := s.mayHaveDeclined(ctx, r.ID); err != nil {
			return i, err
		}
	}
	i.readable = i.by != "" || i.status == decided && i.wasInvited(personOf(ctx))
	if i.readable && (i.status == open || i.status == decided) {
		i.customer, _ = s.customer(ctx, r.OfficeID, r.CustomerID) // reading does without
	}
	return i, nil
}

func (s *Server) solutionOf(r collaboration.Record) (collaboration.Solution, error) {
	solution, ok := s.Catalogue.Solution(r.SolutionID)
	if !ok {
		return solution, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", r.SolutionID)
	}
	return solution, nil
}

// wasInvited is for who declined, and was an administrator only for this.
func (i invitation) wasInvited(p collaboration.Person) bool {
	return p.Email != "" && strings.EqualFold(p.Email, i.record.InvitedEmail)
}

// mayHaveDeclined tells who was an administrator only for this to come again: it is
// taken back before it is recorded that they declined, and the workflow, which knows
// of it meanwhile, may be at a standstill.
func (s *Server) mayHaveDeclined(ctx context.Context, id collaboration.ActivationID) error {
	events, err := s.events(ctx, id, 0)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(events, func(e collaboration.Event) bool { return e.Action == collaboration.ActionAdministratorRemoved }) {
		return collaboration.Errorf(collaboration.CodeUnavailable, "nobody says whether the invitation was declined")
	}
	return nil
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

// generation is the one that is asked about, and answered.
func (i invitation) generation() int {
	if i.linked == unlinked {
		return i.record.Generation
	}
	return i.linked
}

func (i invitation) stands(now time.Time) invitationStatus {
	r := i.record
	older := i.generation() < r.Generation
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
	case i.late, r.State == collaboration.Expired, !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt):
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

// decide hands an administrator's answer to the workflow. An invitation that is
// no longer open is left to the workflow too: it knows a repeat from a second
// answer.
func (s *Server) decide(ctx context.Context, i invitation, a answer) (collaboration.Standing, error) {
	if i.by == "" && i.readable { // who declined, and is no administrator since
		return s.repeated(ctx, i.record, a)
	}
	if i.by == "" {
		return collaboration.Standing{}, &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	if i.status != open && i.status != decided {
		return collaboration.Standing{}, &collaboration.Error{Code: i.status.code()}
	}
	d := collaboration.Decision{
		ID: a.id, Activation: i.record.ID, Generation: i.generation(), Outcome: a.outcome, By: i.by, At: s.Now().UTC(),
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
	var standing collaboration.Standing
	err := s.message(ctx, func(ctx context.Context) (err error) {
		standing, err = s.Starter.Decide(ctx, d)
		return err
	})
	switch code := collaboration.CodeOf(err); {
	case code == "" && standing.Decision != nil && standing.Decision.ID != d.ID:
		err = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	case code == collaboration.CodeActivationNotFound, code == collaboration.CodeNotPending:
		standing, err = s.decidedBefore(ctx, i, d, err)
	}
	if collaboration.CodeOf(err) == collaboration.CodeAlreadyDecided {
		err = &fault{error: err, decision: standing.Decision}
	}
	return standing, err
}

// repeated is an answer to what is decided: the same one once more, or another that
// comes too late.
func (s *Server) repeated(ctx context.Context, r collaboration.Record, a answer) (_ collaboration.Standing, err error) {
	if r.Decision == nil { // the engine says where it stands, and not why: the facts may by now
		if r, err = s.record(ctx, r.ID); err != nil {
			return collaboration.Standing{}, err
		}
	}
	switch d := r.Decision; {
	case d == nil:
		return collaboration.Standing{}, collaboration.Errorf(collaboration.CodeUnavailable, "nobody says what was decided")
	case d.ID != a.id:
		return collaboration.Standing{}, &fault{error: &collaboration.Error{Code: collaboration.CodeAlreadyDecided}, decision: d}
	}
	return recorded(r), nil
}

// decidedBefore is how it stands where the workflow is over and done with: the
// facts know how. It may have ended since they were read.
func (s *Server) decidedBefore(ctx context.Context, i invitation, d collaboration.Decision, refusal error) (collaboration.Standing, error) {
	r, err := s.record(ctx, d.Activation)
	if err != nil {
		return collaboration.Standing{}, err
	}
	if r.Decision == nil {
		i.record = r
		if code := i.stands(s.Now()).code(); code != "" {
			refusal = &collaboration.Error{Code: code, Cause: refusal}
		}
		return collaboration.Standing{}, refusal
	}
	if r.Decision.ID != d.ID {
		return recorded(r), &collaboration.Error{Code: collaboration.CodeAlreadyDecided, Cause: refusal}
	}
	return recorded(r), nil
}

// recorded is where the facts show an activation.
func recorded(r collaboration.Record) collaboration.Standing {
	return collaboration.Standing{Activation: r.ID, State: r.State, Generation: r.Generation, ExpiresAt: r.ExpiresAt, Decision: r.Decision, Agreement: r.Agreement}
}
