package analysis

import (
	"memtrail/dump"
	"memtrail/graph"
)

// What wrote a dump, as far as it shows.
const (
	ProducerMeminfo = "php-meminfo"
	producerOld     = "php-meminfo 0.3 (PHP 5)"
	ProducerFork    = "a fork of php-meminfo"
	ProducerReli    = "reli"
	producerCapture = "analyzer capture"
)

// ProducerOf infers which tool wrote a dump from what only one of them writes.
func ProducerOf(g *graph.Graph, info *dump.Info) string {
	switch {
	case info.Capture != nil:
		return producerCapture
	case g.Items() == 0:
		return ProducerMeminfo
	case isReli(g):
		return ProducerReli
	case info.Roots == 0:
		return producerOld
	}
	for _, r := range g.Roots() {
		switch g.Name(r.Frame) {
		case "<ERROR_HANDLER>", "<EXCEPTION_HANDLER>", "<SHUTDOWN_HANDLER>":
			return ProducerFork
		}
		if s := g.Name(r.Frame); len(s) > 17 && s[:17] == "<STATIC_VARIABLE(" {
			return ProducerFork
		}
	}
	return ProducerMeminfo
}

// isReli reports whether some ids are numbers that reli gives out: at first those of all
// items, in later versions those of values that lie in the slot of their container, such
// as numbers. Nothing has an address so high. It looks at some
// thousand items, which are spread over the dump.
func isReli(g *graph.Graph) bool {
	const (
		userSpace = 1 << 57
		looked    = 4096
	)
	n := g.Items()
	for i := 0; i < n; i += max(1, n/looked) {
		if a := g.Address(graph.NodeID(i)); !a.Opaque() && a >= userSpace {
			return true
		}
	}
	return false
}
