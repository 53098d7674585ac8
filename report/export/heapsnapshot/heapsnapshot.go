// Package heapsnapshot writes a dump in the format of V8's heap snapshots, which
// Chrome's developer tools show, search and compare.
//
// Below the root stands a node for each frame, and one for all statics, globals and
// the like; below these the variables. Sizes are what PHP's allocator spent, so
// what Chrome calls retained is what this program does, too. References that keep
// nothing alive are weak edges: those of WeakMaps to their keys, and those that
// the reuse of an address made up.
//
// The format has no specification. It is what V8 writes (HeapSnapshotJSONSerializer
// in src/profiler/heap-snapshot-generator.cc) and Chrome reads
// (front_end/entrypoints/heap_snapshot_worker in ChromeDevTools/devtools-frontend).
package heapsnapshot

import (
	"bufio"
	"io"
	"math"
	"strconv"

	"memtrail/analysis/inventory"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// meta names the fields. Numbers of types are places in the lists of types.
const meta = `{"snapshot":{"meta":{` +
	`"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],` +
	`"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic",` +
	`"concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number","number"],` +
	`"edge_fields":["type","name_or_index","to_node"],` +
	`"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],` +
	`"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],` +
	`"trace_node_fields":["id","function_info_index","count","size","children"],` +
	`"sample_fields":["timestamp_us","last_assigned_id"],` +
	`"location_fields":["object_index","script_id","line","column"]}`

type nodeType uint8

const (
	hidden    nodeType = 0
	array     nodeType = 1
	text      nodeType = 2
	object    nodeType = 3
	code      nodeType = 4
	number    nodeType = 7
	native    nodeType = 8
	synthetic nodeType = 9
)

type edgeType uint8

const (
	element  edgeType = 1 // by number
	property edgeType = 2 // by name, as the next two
	internal edgeType = 3
	weak     edgeType = 6
)

// fieldsOfNode is the number of node_fields: edges name nodes by the place of their
// first field.
const fieldsOfNode = 7

// Write writes a dump. Next to the graph it takes a bit for every 16 bytes of the
// heap. The error is that of the writer.
func Write(w io.Writer, v *inventory.Inventory) error {
	s := &snapshot{v: v, g: v.Retention.Graph, out: bufio.NewWriterSize(w, 256<<10)}
	s.plan()
	s.out.WriteString(meta)
	s.out.WriteString(`,"node_count":` + strconv.Itoa(len(s.above)+s.g.Len()))
	s.out.WriteString(`,"edge_count":` + strconv.Itoa(s.edgesAbove()+s.g.Edges()))
	s.out.WriteString(`,"trace_function_count":0},` + "\n" + `"nodes":[`)
	s.writeNodes()
	s.out.WriteString("],\n" + `"edges":[`)
	s.writeEdges()
	s.out.WriteString("],\n" + `"trace_function_infos":[],"trace_tree":[],"samples":[],"locations":[],` + "\n" + `"strings":[`)
	s.writeStrings()
	s.out.WriteString("]}\n")
	return s.out.Flush()
}

// snapshot is a snapshot in the making.
type snapshot struct {
	v   *inventory.Inventory
	g   *graph.Graph
	out *bufio.Writer
	// above are the nodes that come before those of the graph: the root, and what
	// stands between it and variables.
	above []aboveNode
	texts []string // strings that are no names of the graph; these follow
	// weakInts are the numbers that name weak edges, ascending; their strings are
	// the last.
	weakInts []uint64
	lost     bool // there is what no root reaches

	hidden  uint32 // string that stands for keys that are hidden
	arrays  []bool // by kind: its keys are hidden; nil where none are
	unnamed []bool // by name of the graph: it is a hidden key and nothing else

	buf   []byte
	comma bool
}

// aboveNode is a node that no item is behind.
type aboveNode struct {
	typ   nodeType
	name  uint32
	id    uint32
	size  uint64
	edges []aboveEdge
}

type aboveEdge struct {
	typ  edgeType
	name uint32
	to   int // number of the node
}

// text gives the number of a string that is no name of the graph.
func (s *snapshot) text(text string) uint32 {
	s.texts = append(s.texts, text)
	return uint32(len(s.texts) - 1)
}

// name gives the number of the string of a name.
func (s *snapshot) name(n graph.NameID) uint32 { return uint32(len(s.texts)) + uint32(n) }

// plan makes all that stands above the graph's nodes, and all strings.
func (s *snapshot) plan() {
	s.text("") // of the root
	if s.v.HidesKeys {
		s.hideKeys()
	}
	ids := nameIDs{}
	s.above = []aboveNode{{typ: synthetic, id: ids.take("")}}
	add := func(typ nodeType, name string, size uint64) int {
		root := &s.above[0]
		root.edges = append(root.edges, aboveEdge{element, uint32(len(s.above)), len(s.above)})
		s.above = append(s.above, aboveNode{typ: typ, name: s.text(name), id: ids.take(name), size: size})
		return len(s.above) - 1
	}
	frames := map[graph.NameID]int{}
	to := []int{} // above, by root
	for _, r := range s.g.Roots() {
		node, ok := frames[r.Frame]
		if !ok {
			node = add(synthetic, frameName(s.g.Name(r.Frame)), 0)
			frames[r.Frame] = node
		}
		to = append(to, node)
	}
	add(synthetic, "(PHP itself)", s.v.Itself())
	if rest := s.v.Unexplained(); rest > 0 {
		add(synthetic, "(unexplained)", uint64(rest))
	}
	lost := s.entriesOfUnreachable()
	if s.lost = len(lost) > 0; s.lost {
		n := add(synthetic, graph.UnreachableLabel, 0)
		s.above[n].edges = lost
	}
	for i, r := range s.g.Roots() {
		at := &s.above[to[i]]
		label := paths.RootExpression(variableFrame(s.g.Name(r.Frame)), s.g.Name(r.Symbol))
		at.edges = append(at.edges, aboveEdge{property, s.text(label), int(r.Node)})
	}
	for i := range s.above[1:] { // now it is known how many there are
		at := &s.above[1+i]
		for k := range at.edges {
			at.edges[k].to += len(s.above)
		}
	}
	s.findWeakInts()
}

// frameName is what a frame is called where its variables stand below it.
func frameName(frame string) string {
	if frame == "" || frame == "<GLOBAL>" {
		return "(globals)"
	}
	if frame == paths.StaticFrame {
		return "(statics)"
	}
	return paths.RootExpression(frame, "")
}

// variableFrame is the frame by which a root is called below the node of its own:
// a function's variables need not say again whose they are.
func variableFrame(frame string) string {
	if frame != "" && frame[0] != '<' {
		return ""
	}
	return frame
}

// entriesOfUnreachable are edges to those of the nodes which no root reaches that
// keep the others alive.
func (s *snapshot) entriesOfUnreachable() []aboveEdge {
	var all []aboveEdge
	for n := range graph.NodeID(s.g.Len()) {
		if s.v.Retention.Dominators.Parent(n) == graph.Unreachable {
			all = append(all, aboveEdge{element, uint32(len(all)), int(n)})
		}
	}
	return all
}

func (s *snapshot) edgesAbove() int {
	n := 0
	for i := range s.above {
		n += len(s.above[i].edges)
	}
	return n
}

// numbers writes a row of numbers, behind a comma if it is not the first.
func (s *snapshot) numbers(row ...uint64) {
	b := s.buf[:0]
	if s.comma {
		b = append(b, ",\n"...)
	}
	s.comma = true
	for i, n := range row {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	s.out.Write(b)
	s.buf = b
}

func (s *snapshot) writeNodes() {
	s.comma = false
	for i := range s.above {
		n := &s.above[i]
		s.numbers(uint64(n.typ), uint64(n.name), uint64(n.id), fitting(n.size), uint64(len(n.edges)), 0, 0)
	}
	kinds := s.kinds()
	ids := new(idSet)
	for n := range graph.NodeID(s.g.Len()) {
		k := kinds[s.g.KindID(n)]
		if s.g.Missing(n) {
			k.typ = hidden
		}
		from, to := s.g.Held(n)
		s.numbers(uint64(k.typ), uint64(k.name), uint64(ids.take(uint64(s.g.Address(n)))), fitting(s.v.Retention.Allocated(n)), uint64(to-from), 0, 0)
	}
}

// fitting is a size that the field of a node has room for.
func fitting(bytes uint64) uint64 { return min(bytes, math.MaxUint32) }

// kind is what nodes of one type and class have in common.
type kind struct {
	typ  nodeType
	name uint32
}

func (s *snapshot) kinds() []kind {
	list := make([]kind, len(s.g.Kinds()))
	for i, k := range s.g.Kinds() {
		list[i] = kind{typeOf(s.g.Name(k.Type)), s.name(k.Type)}
		if list[i].typ == object {
			list[i].name = s.name(k.Class) // of type closure it would not be shown
		}
	}
	return list
}

func typeOf(name string) nodeType {
	switch name {
	case "array":
		return array
	case "string":
		return text
	case "object":
		return object
	case "file", "class", "function":
		return code
	case "group", "block", "resource", "resource (closed)":
		return native
	}
	return number // integer, float, boolean, null: held in a reference or a slot
}
