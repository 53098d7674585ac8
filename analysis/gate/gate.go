package gate

import "memtrail/analysis/growth"

// JudgeOptions says how a gate judges.
type JudgeOptions struct {
	Today  string // 2006-01-02; entries whose date is before it are expired
	Strict bool   // stale and expired entries fail, too
}

// Judge finds what fails a gate: of all that grows, what is above the limits, no
// rule lets pass, and no entry of the baseline allows. b may be nil.
//
// The verdict is then on what fails: a gate whose every leak is known is clean,
// as far as the gate goes. A series that is inconclusive neither fails nor
// passes, whatever was found, and tells nothing of stale entries either.
func Judge(g *growth.Growth, l Limits, b *Baseline, o JudgeOptions) *Gate {
	out := &Gate{Growth: *g, Strict: o.Strict}
	out.Growing = nil
	if b == nil {
		b = &Baseline{}
	}
	met := map[string]bool{}
	leaks := false
	for _, w := range g.Growing {
		met[w.Fingerprint] = true
		limit, pass := l.apply(&w)
		switch pass {
		case ignored:
			out.Ignored = append(out.Ignored, w)
			continue
		case small:
			continue
		}
		w.Status = b.judge(&w, g.Intervals, limit, o.Today)
		leaks = leaks || w.Status != growth.KnownLeak
		out.Growing = append(out.Growing, w)
	}
	for _, e := range b.Entries {
		switch {
		case e.expired(o.Today):
			out.Expired = append(out.Expired, e)
		case !met[e.Fingerprint] && g.Verdict != growth.Inconclusive:
			out.Stale = append(out.Stale, e)
		}
	}
	if g.Verdict == growth.Inconclusive {
		return out
	}
	out.Verdict = verdictOn(leaks, g.Unexplained.Grows)
	out.Failed = out.Verdict != growth.CleanSeries || o.Strict && len(out.Stale)+len(out.Expired) > 0
	return out
}

// passing says whether limits and rules let a place pass.
type passing uint8

const (
	aboveLimit passing = iota // they do not
	small                     // it grows by less than the limits
	ignored                   // a rule lets it pass
)

// apply judges a place by the limits and by the first rule that matches it, of
// which it notes the reason. It returns the limit that holds for the place.
func (l *Limits) apply(w *growth.GrowingPlace) (limit growth.Rate, pass passing) {
	limit = growth.Rate{Count: l.MinCount, Bytes: l.MinBytes}
	if known := l.Suppressions.Growth(w); known != "" {
		w.Reason = "suppressed by " + known
		return limit, ignored
	}
	rule := l.ruleFor(w)
	if rule != nil && rule.Min != nil {
		limit = *rule.Min
	}
	isSmall := w.PerInterval.Below(limit)
	switch {
	case rule != nil && (rule.Allow || isSmall && rule.Min != nil):
		w.Reason = rule.Reason
		return limit, ignored
	case isSmall:
		return limit, small
	}
	return limit, aboveLimit
}

// judge tells how the baseline knows a place, and notes the reason of its entry.
func (b *Baseline) judge(w *growth.GrowingPlace, intervals int, limit growth.Rate, today string) growth.Status {
	e := b.Find(w.Fingerprint)
	switch {
	case e == nil || e.expired(today):
		return growth.NewLeak
	case e.allows(w.PerInterval, intervals, limit):
		w.Reason = e.Reason
		return growth.KnownLeak
	}
	return growth.WorseLeak
}

// ruleFor is the first rule that matches a place; nil if none does.
func (l *Limits) ruleFor(w *growth.GrowingPlace) *Rule {
	for i := range l.Rules {
		if l.Rules[i].matches(w) {
			return &l.Rules[i]
		}
	}
	return nil
}
