package units

import "memtrail/graph"

// begun finds what has begun to grow inside of an object, or an array, that is there
// for the first time: an array with most of its bytes to which code adds element by
// element. A singleton is made by whoever asks for it first; what that one registers
// there is no part of it. n is the first of what is there; nil if there is no such array.
func (s *Sorter) begun(h *Holder, n graph.NodeID) *Holder {
	const (
		tried = 8   // arrays whose bytes are summed
		share = 0.5 // of the bytes
	)
	left, all := tried, uint64(0)
	for _, a := range s.arraysIn(n) {
		x := *h
		if s.goRound(&x, a); x.Changes == nil || !addsElements(x.Changes.Adds) || s.namesCode(a) {
			continue
		}
		if left--; left < 0 {
			return nil
		}
		if all == 0 { // it takes a walk over the graph, so only where there is such an array
			all = max(s.keptBy(n), 1)
		}
		part := float64(s.keptBy(a)) / float64(all)
		if part < share {
			continue
		}
		x.Bytes = uint64(part * float64(h.Bytes))
		x.What, x.Inside = Held, true
		s.countElements(&x, a)
		return &x
	}
	return nil
}

// arraysIn gives the arrays in what is there, those that are nearest first.
func (s *Sorter) arraysIn(n graph.NodeID) (list []graph.NodeID) {
	const most = 1 << 10 // nodes
	seen := map[graph.NodeID]bool{n: true}
	for queue := []graph.NodeID{n}; len(queue) > 0 && len(seen) < most; queue = queue[1:] {
		from, to := s.g.Children(queue[0])
		if from < to && s.g.Name(s.g.Kinds()[s.g.KindID(queue[0])].Type) == "array" {
			list = append(list, queue[0])
		}
		for e := from; e < to; e++ {
			if t := s.g.Target(e); !seen[t] && s.reached[t] && s.holds(e) {
				seen[t] = true
				queue = append(queue, t)
			}
		}
	}
	return list
}

// holds reports whether an edge keeps what it leads to.
func (s *Sorter) holds(e graph.EdgeID) bool {
	l := s.g.Label(e)
	return !l.Weak() && !l.Unreliable()
}

// keptBy is how many bytes nothing holds but a node, with its own.
func (s *Sorter) keptBy(n graph.NodeID) uint64 {
	seen := make([]bool, s.g.Len())
	seen[n] = true
	for _, r := range s.g.Roots() {
		s.spread(r.Node, seen, nil)
	}
	bytes := uint64(0)
	seen[n] = false
	s.spread(n, seen, func(x graph.NodeID) { bytes += s.bytes(x) })
	return bytes
}

// bytes is what a node takes by itself.
func (s *Sorter) bytes(n graph.NodeID) uint64 {
	if s.g.Exact() {
		return s.g.Alloc(n)
	}
	return s.g.Size(n)
}

// spread marks what a node holds, and itself, and gives what was not marked.
func (s *Sorter) spread(n graph.NodeID, seen []bool, give func(graph.NodeID)) {
	if seen[n] {
		return
	}
	seen[n] = true
	for stack := []graph.NodeID{n}; len(stack) > 0; {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if give != nil {
			give(x)
		}
		from, to := s.g.Children(x)
		for e := from; e < to; e++ {
			if t := s.g.Target(e); !seen[t] && s.holds(e) {
				seen[t] = true
				stack = append(stack, t)
			}
		}
	}
}
