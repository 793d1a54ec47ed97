package largeoffice

import (
	"math/rand/v2"

	"countersign/collaboration"
)

// entry is what one customer lives through: one activation for each of before and live,
// and one of another solution for also. All may be nil.
type entry struct {
	scenario           collaboration.Scenario
	solution           string
	before, live, also func(*life)
	// taskIsClosed closes the task that the activation names.
	taskIsClosed bool
}

// lives has the number of customers with each life. The others have no activation.
var lives = []struct {
	count int
	live  func(*life)
	// again is the number of those that declined before, or did not answer.
	again int
}{
	{12, invited, 2}, {16, reminded, 2}, {6, nearlyExpired, 0}, {4, bounced, 0}, {3, paused, 0}, {3, resent, 0},
	{8, startsLater, 1}, {60, running, 5}, {8, underNotice, 0}, {4, endsOnDate, 0}, {6, nearsItsEnd, 0},
	{20, ended, 0}, {15, declined, 0}, {4, declinedLately, 0}, {12, expired, 0}, {12, withdrawn, 0}, {2, refusedByMail, 0},
}

// failedTasks is the number of activations that fail because their task was closed.
const failedTasks = 5

// alsoCount is the number of customers whose running collaboration is followed by one
// about another solution.
const alsoCount = 24

// makePlan returns an entry for each customer, in an order that mixes them. The last
// customer has no activation.
func makePlan() []entry {
	r := rand.New(rand.NewPCG(seed, 1))
	var plan []entry
	also := 0
	for _, l := range lives {
		for n := range l.count {
			e := drawEntry(r)
			e.live = l.live
			if n < l.again {
				e.before = pick(r, []func(*life){declinedEarly, expiredEarly})
			}
			plan = append(plan, e)
		}
	}
	for range failedTasks {
		e := drawEntry(r)
		e.live, e.taskIsClosed = failedByTask, true
		plan = append(plan, e)
	}
	for i := 0; i < len(plan) && also < alsoCount; i += 3 {
		if plan[i].scenario != collaboration.NewCustomer {
			also++
			plan[i].also = pick(r, []func(*life){running, running, reminded, declined})
		}
	}
	for len(plan) < CustomerCount-1 {
		plan = append(plan, drawEntry(r))
	}
	r.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return append(plan, drawEntry(r))
}

// solutions has each solution as often as it is asked for.
var solutions = []string{
	"financial-overview", "financial-overview", "financial-overview", "financial-overview", "bookkeeping-invoicing", "bookkeeping-invoicing",
	"digital-invoices", "spiris-scanner",
}

func drawEntry(r *rand.Rand) entry {
	scenarios := []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.OnPlatform, collaboration.NewCustomer}
	return entry{scenario: pick(r, scenarios), solution: pick(r, solutions)}
}

func otherSolution(solution string) string {
	if solution == "financial-overview" {
		return "bookkeeping-invoicing"
	}
	return "financial-overview"
}
