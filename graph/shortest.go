package graph

import (
	"slices"

	"memtrail/internal/column"
)

// ShortestPaths finds for each node a shortest path from any root, by a search
// from all roots at once: the edge by which it comes to the node, plus one; 0 for
// roots and for what none reaches. Weak and unreliable edges are not walked. It
// takes 4 bytes a node, and 4 for each that waits for its turn.
func (g *Graph) ShortestPaths() []EdgeID {
	via := column.Of[EdgeID](g.Len())
	var queue nodeQueue
	const aRoot = ^EdgeID(0)
	for _, r := range g.Roots() {
		via[r.Node] = aRoot // taken, until the search is over
		queue.push(r.Node)
	}
	for piece := queue.pop(); piece != nil; piece = queue.pop() {
		for group := range slices.Chunk(piece, ahead) {
			queue.touched = g.touch(group, via)
			for _, n := range group {
				from, to := g.Held(n)
				for e := from; e < to; e++ {
					l, t := g.Label(e), g.Target(e)
					if l.Weak() || l.Unreliable() || via[t] != 0 {
						continue
					}
					via[t] = e + 1
					queue.push(t)
				}
			}
		}
		queue.spare = append(queue.spare, piece)
	}
	for _, r := range g.Roots() {
		via[r.Node] = 0
	}
	return via
}

// ahead is how many nodes or edges are worth a touch. What refers to each other may lie
// anywhere in a large graph, so that each look is a miss in the cache; several at a
// time take as long as one.
const ahead = 64

// touch reads where a search that comes to some nodes is going to look, and gives
// something that depends on all of it.
func (g *Graph) touch(nodes []NodeID, via []EdgeID) (all NodeID) {
	for _, n := range nodes {
		all |= NodeID(g.first[n])
	}
	for _, n := range nodes {
		if e := g.first[n]; e < g.first[n+1] {
			all |= NodeID(g.label[e]) | g.target[e]
		}
	}
	const few = 4 // edges: those of a long array mostly lead to one place
	for _, n := range nodes {
		from := g.first[n]
		for e := from; e < min(from+few, g.first[n+1]); e++ {
			all |= NodeID(via[g.target[e]])
		}
	}
	return all
}

// nodeQueue is a queue of nodes in pieces, which are used again: it takes what is in
// it at once, not all that ever was.
type nodeQueue struct {
	pieces [][]NodeID
	spare  [][]NodeID

	touched NodeID // is never read: it keeps the compiler from leaving touch out
}

const queuePiece = 16 << 10 // nodes

func (q *nodeQueue) push(n NodeID) {
	last := len(q.pieces) - 1
	if last < 0 || len(q.pieces[last]) == queuePiece {
		var piece []NodeID
		if k := len(q.spare); k > 0 {
			piece, q.spare = q.spare[k-1][:0], q.spare[:k-1]
		} else if last >= 0 { // the first one grows: most graphs are small
			piece = make([]NodeID, 0, queuePiece)
		}
		q.pieces = append(q.pieces, piece)
		last++
	}
	q.pieces[last] = append(q.pieces[last], n)
}

// pop takes the first piece, nil if the queue is empty.
func (q *nodeQueue) pop() []NodeID {
	if len(q.pieces) == 0 {
		return nil
	}
	piece := q.pieces[0]
	q.pieces = q.pieces[1:]
	return piece
}
