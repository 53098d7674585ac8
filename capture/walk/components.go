package walk

// A network is a graph of what nothing alive leads to, by number: of garbage,
// or of lost blocks. The edges of node i are to[from[i]:from[i+1]].
type network struct {
	from []uint32
	to   []uint32
}

func (g *network) nodes() int { return len(g.from) - 1 }

// components numbers the strongly connected components, and tells which of them
// no other leads to. Tarjan's algorithm, without recursion: garbage may be one
// list of millions.
func (g *network) components() (of []uint32, top []bool) {
	n := g.nodes()
	of = make([]uint32, n)
	low, at := make([]uint32, n), make([]uint32, n) // index plus one; 0: not visited
	next := make([]uint32, n)
	var stack, path []uint32
	count, index := uint32(0), uint32(0)
	for start := range uint32(n) {
		if at[start] != 0 {
			continue
		}
		path = append(path[:0], start)
		for len(path) > 0 {
			v := path[len(path)-1]
			if at[v] == 0 {
				index++
				at[v], low[v] = index, index
				stack = append(stack, v)
				next[v] = g.from[v]
			}
			if next[v] < g.from[v+1] {
				u := g.to[next[v]]
				next[v]++
				if at[u] == 0 {
					path = append(path, u)
				} else if of[u] == 0 {
					low[v] = min(low[v], at[u]) // on the stack: it has no component yet
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := path[len(path)-1]
				low[up] = min(low[up], low[v])
			}
			if low[v] == at[v] {
				count++
				for {
					u := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					of[u] = count
					if u == v {
						break
					}
				}
			}
		}
	}
	top = make([]bool, count)
	for i := range top {
		top[i] = true
	}
	for v := range n {
		of[v]--
	}
	for v := range n {
		for _, u := range g.to[g.from[v]:g.from[v+1]] {
			if of[u] != of[v] {
				top[of[u]] = false
			}
		}
	}
	return of, top
}

// reach marks what some nodes lead to, themselves included.
func (g *network) reach(marked []bool, starts ...uint32) {
	for len(starts) > 0 {
		v := starts[len(starts)-1]
		starts = starts[:len(starts)-1]
		if marked[v] {
			continue
		}
		marked[v] = true
		for _, u := range g.to[g.from[v]:g.from[v+1]] {
			if !marked[u] {
				starts = append(starts, u)
			}
		}
	}
}

// cycle is a shortest way from a node back to itself, without its last step;
// nil if there is none.
func (g *network) cycle(start uint32) []uint32 {
	before := map[uint32]uint32{}
	queue := []uint32{start}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		for _, u := range g.to[g.from[v]:g.from[v+1]] {
			if u == start {
				way := []uint32{v}
				for v != start {
					v = before[v]
					way = append(way, v)
				}
				for i, j := 0, len(way)-1; i < j; i, j = i+1, j-1 {
					way[i], way[j] = way[j], way[i]
				}
				return way
			}
			if _, ok := before[u]; !ok {
				before[u] = v
				queue = append(queue, u)
			}
		}
	}
	return nil
}
