package store_test

import (
	"fmt"
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func TestOpenActivations_PagesThroughLiveOnes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var live []collaboration.ActivationID
		for n := range 5 {
			o := b.opened(t, orderFor(fmt.Sprintf("c-%d", 1001+n)))
			if n == 2 {
				must(t, b.CloseActivation(ctx, message.CloseInput{Activation: o.Activation, State: collaboration.Withdrawn, By: "emp-maja", At: noon}))
				continue
			}
			live = append(live, o.Activation)
		}
		slices.Sort(live)
		var listed []collaboration.ActivationID
		for after, pages := collaboration.ActivationID(""), 0; ; pages++ {
			page, err := b.OpenActivations(ctx, office, after, 2)
			must(t, err)
			if len(page) == 0 {
				if pages != 2 {
					t.Errorf("%d pages of two", pages)
				}
				break
			}
			listed = append(listed, page...)
			after = page[len(page)-1]
		}
		if !slices.Equal(listed, live) {
			t.Errorf("listed %q, want %q", listed, live)
		}
		for of, want := range map[string]int{"": 4, office: 4, "office-2": 0} {
			if all, err := b.OpenActivations(ctx, of, "", 50); err != nil || len(all) != want {
				t.Errorf("office %q has %d (%v), want %d", of, len(all), err, want)
			}
		}
	})
}

func TestOpenBatches_HavePendingRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		for _, id := range []string{"b-1", "b-2", "b-3", "b-4"} {
			rows := []collaboration.BatchRow{{Line: 1, OrganisationNumber: "5560160680", Result: collaboration.RowPending}}
			must(t, b.AddBatch(ctx, collaboration.Batch{ID: id, OfficeID: office, SolutionID: solution, CreatedBy: "emp-maja", CreatedAt: noon}, rows))
		}
		must(t, b.FinishBatchRow(ctx, "b-1", collaboration.BatchRow{Line: 1, Result: collaboration.RowRefused}))
		must(t, b.CancelBatch(ctx, office, "b-2", noon))
		for after, want := range map[string][]string{"": {"b-3"}, "b-3": {"b-4"}, "b-4": nil} {
			page, err := b.OpenBatches(ctx, office, after, 1)
			must(t, err)
			var ids []string
			for _, each := range page {
				ids = append(ids, each.ID)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("after %q: %q, want %q", after, ids, want)
			}
		}
		if all, err := b.OpenBatches(ctx, "", "", 9); err != nil || len(all) != 2 {
			t.Errorf("all offices have %d, %v", len(all), err)
		}
		if other, err := b.OpenBatches(ctx, "office-2", "", 9); err != nil || len(other) != 0 {
			t.Errorf("another office has %d, %v", len(other), err)
		}
	})
}
