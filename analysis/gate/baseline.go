package gate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"memtrail/analysis/growth"
)

// BaselineVersion is the version of baselines that this package knows.
const BaselineVersion = 1

// roundedTo is the number of digits to which the rates of an entry are rounded
// up, so that a baseline hardly differs when it is written anew.
const roundedTo = 2

// BaselineOf accepts all that grows, as fast as it does.
func BaselineOf(g *growth.Growth, reason string) *Baseline {
	b := &Baseline{Version: BaselineVersion, Entries: []BaselineEntry{}}
	for i := range g.Growing {
		e := EntryOf(&g.Growing[i], reason)
		if same := b.Find(e.Fingerprint); same != nil {
			same.Count, same.Bytes = max(same.Count, e.Count), max(same.Bytes, e.Bytes)
			continue
		}
		b.Accept(e)
	}
	return b
}

// EntryOf accepts one place, as fast as it grows.
func EntryOf(w *growth.GrowingPlace, reason string) BaselineEntry {
	return BaselineEntry{
		Fingerprint: w.Fingerprint, Path: w.Path, Holds: cmp.Or(w.Holds.Class, w.Holds.Type),
		Count: roundUp(w.PerInterval.Count), Bytes: roundUp(w.PerInterval.Bytes), Reason: reason,
	}
}

// Find returns the entry of a fingerprint, nil if there is none.
func (b *Baseline) Find(fingerprint string) *BaselineEntry {
	for i := range b.Entries {
		if b.Entries[i].Fingerprint == fingerprint {
			return &b.Entries[i]
		}
	}
	return nil
}

// Accept adds an entry, or replaces that of the same fingerprint. Names become
// text, for the file that baselines are kept in.
func (b *Baseline) Accept(e BaselineEntry) {
	for _, text := range []*string{&e.Path, &e.Holds, &e.Reason} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	if same := b.Find(e.Fingerprint); same != nil {
		*same = e
	} else {
		b.Entries = append(b.Entries, e)
	}
	slices.SortFunc(b.Entries, func(x, y BaselineEntry) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
}

// Inherit takes reasons and dates from an older baseline, but for entries whose
// date is over: these are accepted anew. It returns the number of entries of
// that which are gone.
func (b *Baseline) Inherit(old *Baseline, today string) (gone int) {
	for i := range old.Entries {
		was := &old.Entries[i]
		e := b.Find(was.Fingerprint)
		if e == nil {
			gone++
			continue
		}
		if !was.expired(today) {
			e.Reason, e.Expires = was.Reason, was.Expires
		}
	}
	return gone
}

// Check reports what makes a baseline that was read unusable.
func (b *Baseline) Check() error {
	if b.Version > BaselineVersion {
		return fmt.Errorf("a baseline of version %d, newer than version %d, which this analyzer knows: update it", b.Version, BaselineVersion)
	}
	if b.Version < 1 {
		return errors.New(`not a baseline: it has no "version"`)
	}
	seen := map[string]bool{}
	for i := range b.Entries {
		e := &b.Entries[i]
		if err := e.Check(); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
		if seen[e.Fingerprint] {
			return fmt.Errorf("entry %d: fingerprint %s is there twice", i+1, e.Fingerprint)
		}
		seen[e.Fingerprint] = true
	}
	return nil
}

// Check reports what makes an entry unusable.
func (e *BaselineEntry) Check() error {
	_, date := time.Parse(time.DateOnly, e.Expires)
	switch {
	case !isFingerprint(e.Fingerprint):
		return fmt.Errorf("%q is no fingerprint: eight digits such as a3f9c1e2", e.Fingerprint)
	case strings.TrimSpace(e.Reason) == "":
		return fmt.Errorf("%s has no reason", e.Fingerprint)
	case !(e.Count >= 0) || !(e.Bytes >= 0) || math.IsInf(e.Count+e.Bytes, 0):
		return fmt.Errorf("%s allows a rate that is no number from 0 on", e.Fingerprint)
	case e.Count == 0 && e.Bytes == 0:
		return fmt.Errorf("%s allows no growth: it needs count_per_interval or bytes_per_interval above 0", e.Fingerprint)
	case e.Expires != "" && date != nil:
		return fmt.Errorf("%s expires on %q, which is no date like 2027-01-31", e.Fingerprint, e.Expires)
	}
	return nil
}

// isFingerprint reports whether a text has the form of a fingerprint.
func isFingerprint(text string) bool {
	return len(text) == 8 && strings.Trim(text, "0123456789abcdef") == ""
}

func (e *BaselineEntry) expired(today string) bool { return e.Expires != "" && e.Expires < today }

// An entry lets what it allows grow by a part more, for rates are measured, and
// jobs differ: by half, or by what chance explains, whichever is more. Items
// that come by chance at a rate λ an interval come √λ more or less often in one
// (Poisson); a mean over n intervals is off by √(λ/n), and the difference of
// two such means by √(2λ/n). Three times that is met once in 700 times. What
// grows by less than the limits is let pass anyway; so is that much more.
const (
	tolerance  = 0.5
	deviations = 3
)

// allows reports whether a place grows no faster than its entry lets it. Where
// an entry allows 0, of items or of bytes, what is below the limits is let pass
// and no more.
func (e *BaselineEntry) allows(rate growth.Rate, intervals int, limits growth.Rate) bool {
	chance := 0.0 // items
	if e.Count > 0 {
		chance = deviations * math.Sqrt(2*e.Count/float64(max(intervals, 1)))
	}
	within := func(rate, allowed, chance, limit float64) bool {
		return rate <= allowed+max(tolerance*allowed, chance, limit)
	}
	perItem := 0.0
	if e.Count > 0 {
		perItem = e.Bytes / e.Count
	}
	return within(rate.Count, e.Count, chance, limits.Count) && within(rate.Bytes, e.Bytes, chance*perItem, limits.Bytes)
}

// roundUp keeps the first digits of a number, the last one rounded up.
func roundUp(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-roundedTo+1)
	// Small rates are of whole items and bytes, too.
	unit = max(unit, 1)
	return math.Ceil(x/unit) * unit
}
