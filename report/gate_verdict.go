package report

import "memtrail/analysis/gate"

// GateVerdict is what [Gate] says in its first line, and of each place.
type GateVerdict struct {
	Word    string            // PASS, FAIL, UNEXPLAINED or INCONCLUSIVE
	Summary string            // what was found, a sentence
	Status  map[string]string // of the places that grow, by fingerprint: new, worse, known, ignored
}

// GateWords words the verdict of a gate.
func GateWords(g *gate.Gate) GateVerdict {
	p := gatePage{Gate: g}
	t := GateVerdict{Word: p.word(), Summary: printable(p.found()) + ".", Status: map[string]string{}}
	for i := range g.Growing {
		w := &g.Growing[i]
		t.Status[w.Fingerprint] = string(w.Status)
	}
	for i := range g.Ignored {
		t.Status[g.Ignored[i].Fingerprint] = "ignored"
	}
	return t
}
