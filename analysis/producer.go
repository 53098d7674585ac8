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
	const userSpace = 1 << 57 // addresses above it are numbers that reli gives out
	switch {
	case info.Capture != nil:
		return producerCapture
	case g.Items() == 0:
		return ProducerMeminfo
	case !g.Address(0).Opaque() && g.Address(0) >= userSpace:
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
