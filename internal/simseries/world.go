package simseries

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// A world is a process with what happens in it between two dumps.
type world struct {
	*process
	rand  *rand.Rand
	dumps int
	loop  string // the frame in which the process stands at every dump

	services *array // of the container, by name
	path     string // of services
	logger   *object

	names       names
	before      []func(i int) // of the background
	steps       []func(i int) // of what is planted
	tracked     []*tracked
	companions  []string
	unexplained UnexplainedBytes
}

// each runs a step in every interval: in number 0 before the first dump.
func (w *world) each(step func(i int)) { w.steps = append(w.steps, step) }

// leaks declares what grows without bound.
func (w *world) leaks(c Container, holds content) {
	w.tracked = append(w.tracked, &tracked{Container: c, leak: true, content: holds})
}

// follows declares what grows because of a leak elsewhere.
func (w *world) follows(paths ...string) { w.companions = append(w.companions, paths...) }

// varies declares what is bounded.
func (w *world) varies(c Container, holds content) {
	w.tracked = append(w.tracked, &tracked{Container: c, content: holds})
}

// interval lets the process work until the next dump.
func (w *world) interval(i int) {
	w.hidden = 0 // for the steps to add up
	for _, step := range w.before {
		step(i)
	}
	for _, step := range w.steps {
		step(i)
	}
	for _, t := range w.tracked {
		t.record(i == 0)
	}
	w.unexplained.Bytes = append(w.unexplained.Bytes, int(w.memory().Unexplained))
}

func (w *world) truth(v Verdict) Truth {
	t := Truth{Verdict: v, Ambiguous: v == Leak, Leaks: []Container{}, Bounded: []Container{}, Companions: w.companions, Unexplained: w.unexplained}
	t.Unexplained.finish()
	if v != Leak {
		t.Ambiguous = t.Unexplained.Ambiguous
	}
	for _, c := range w.tracked {
		c.finish(c.leak)
		switch {
		case c.leak:
			t.Leaks = append(t.Leaks, c.Container)
			t.Ambiguous = t.Ambiguous && c.Ambiguous
		default:
			t.Bounded = append(t.Bounded, c.Container)
			t.Ambiguous = t.Ambiguous || v != Leak && c.Ambiguous
		}
	}
	return t
}

// between picks a number from least to most.
func (w *world) between(least, most int) int {
	if most <= least {
		return least
	}
	return least + w.rand.IntN(most-least+1)
}

// chance is true with probability p.
func (w *world) chance(p float64) bool { return w.rand.Float64() < p }

// logarithmic picks from least to most so that every doubling is as likely.
func (w *world) logarithmic(least, most int) int {
	a, b := math.Log(float64(least)), math.Log(float64(max(least, most)))
	return int(math.Round(math.Exp(a + (b-a)*w.rand.Float64())))
}

// poisson is how many events occur where mean are expected.
func (w *world) poisson(mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*w.rand.NormFloat64())))
	}
	n := 0
	for p := w.rand.Float64(); p > math.Exp(-mean); p *= w.rand.Float64() {
		n++
	}
	return n
}

// generated is a name as programs make them up: App_3f09ab12.
func (w *world) generated(prefix string) string {
	return fmt.Sprintf("%s%08x", prefix, w.rand.Uint32())
}

func pick[T any](w *world, from []T) T { return from[w.rand.IntN(len(from))] }
