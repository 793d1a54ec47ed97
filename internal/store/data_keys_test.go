package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/internal/store"
)

func dataKey(id, subject, customer, master string) store.DataKey {
	return store.DataKey{ID: id, Subject: subject, CustomerID: customer, MasterID: master, Wrapped: []byte{0, 1, 0xff, 'k'}}
}

func (b backend) addKey(t *testing.T, k store.DataKey) store.DataKey {
	t.Helper()
	kept, err := b.AddDataKey(ctx, k)
	must(t, err)
	return kept
}

func TestAddDataKey_KeepsFirstKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		if _, there, err := b.DataKeyOf(ctx, "s"); there || err != nil {
			t.Errorf("a key before the first: %v", err)
		}
		kept := make([]string, 8)
		var working sync.WaitGroup
		for i := range kept {
			working.Go(func() {
				k, err := b.AddDataKey(ctx, dataKey(fmt.Sprint("k-", i), "s", elin, "m"))
				if err != nil {
					t.Error(err)
				}
				kept[i] = k.ID
			})
		}
		working.Wait()
		if len(slices.Compact(kept)) != 1 {
			t.Errorf("kept %q", kept)
		}
		k, there, err := b.DataKey(ctx, kept[0])
		if !there || err != nil || k.CustomerID != elin || k.MasterID != "m" || string(k.Wrapped) != "\x00\x01\xffk" {
			t.Errorf("got %+v, %v", k, err)
		}
		if other := b.addKey(t, dataKey("other", "t", elin, "m")); other.ID != "other" {
			t.Errorf("another subject has %s", other.ID)
		}
	})
}

func TestCustomerOf_FindsSubject(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor(elin)
		subject, ok := collaboration.SubjectOf(o.Activation.WorkflowID())
		if !ok {
			t.Fatal("an activation has no subject")
		}
		if _, known, err := b.CustomerOf(ctx, subject); known || err != nil {
			t.Errorf("known before its first step: %v", err)
		}
		must(t, b.OpenActivation(ctx, o))
		if customer, known, err := b.CustomerOf(ctx, subject); customer != elin || !known || err != nil {
			t.Errorf("%s's, %v", customer, err)
		}
		if _, known, _ := b.CustomerOf(ctx, subject[:19]+"-"); known {
			t.Error("another subject is known")
		}
	})
}

// TestEraseCustomer_ErasesDataKeys: an erased key differs from a key that was never
// stored.
func TestEraseCustomer_ErasesDataKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.addKey(t, dataKey("shared", "", "", "m"))
		b.addKey(t, dataKey("elin-1", "s", elin, "m"))
		b.addKey(t, dataKey("elin-2", "t", elin, "m"))
		b.addKey(t, dataKey("other", "u", "c-1004", "m"))
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		for id, want := range map[string]bool{"shared": true, "other": true, "elin-1": false, "elin-2": false} {
			if _, there, err := b.DataKey(ctx, id); there != want || err != nil {
				t.Errorf("%s: %v %v", id, there, err)
			}
		}
		if _, there, err := b.DataKey(ctx, "never"); there || !errors.Is(err, store.ErrNoDataKey) {
			t.Errorf("a key that was never stored: %v %v", there, err)
		}
		if k := b.addKey(t, dataKey("elin-3", "s", elin, "m")); k.ID != "elin-3" {
			t.Errorf("a later activation has the key %s", k.ID)
		}
		must(t, b.EraseCustomer(ctx, office, elin, "emp-maja", noon))
		if _, there, err := b.DataKey(ctx, "elin-3"); there || err != nil {
			t.Errorf("erased again: %v %v", there, err)
		}
	})
}

func TestRewrapDataKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		for i := range 5 {
			b.addKey(t, dataKey(fmt.Sprint("k-", i), fmt.Sprint("s-", i), elin, "old"))
		}
		b.addKey(t, dataKey("k-9", "s-9", elin, "new"))
		each, err := b.DataKeyOfEachMaster(ctx)
		if err != nil || len(each) != 2 || each[0].ID != "k-9" || each[1].ID != "k-0" {
			t.Errorf("one of each: %v %v", each, err)
		}
		some, err := b.DataKeysOfOthers(ctx, "new", "k-0", 3)
		if err != nil || len(some) != 3 || some[0].ID != "k-1" {
			t.Fatalf("others: %v %v", some, err)
		}
		k := dataKey("k-1", "s-1", elin, "new")
		k.Wrapped = []byte("rewrapped")
		for _, want := range []bool{true, false} { // the second finds the key of another process
			if done, err := b.RewrapDataKey(ctx, k, "old"); done != want || err != nil {
				t.Errorf("done %v, %v", done, err)
			}
		}
		if got, _, err := b.DataKey(ctx, "k-1"); err != nil || got.MasterID != "new" || string(got.Wrapped) != "rewrapped" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
