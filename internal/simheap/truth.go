package simheap

// Truth is what a dump written by Write holds. Of a truncated dump it counts
// the items that are complete, unless a field says otherwise.
type Truth struct {
	Items int   `json:"items"`
	Edges int   `json:"edges"` // key-id pairs in all children, those to nowhere included
	Roots int   `json:"roots"` // items with is_root true
	Bytes int64 `json:"bytes"` // of the dump as written

	Header  Header  `json:"header"`
	Tallies []Tally `json:"tallies"` // by type and class, the most numerous first
	Plants  []Plant `json:"plants"`  // in the order of Structure

	// Reused counts the edges from temporary tables that lead to what an
	// earlier table had at the same address, and not to their own content,
	// which the dump lacks.
	Reused int `json:"reused"`
	// Dangling edges lead to ids that no item has. Of a truncated dump this
	// counts the planned ones only.
	Dangling  int  `json:"dangling"`
	Truncated bool `json:"truncated"`
}

// Header holds the memory figures of the dump's header, in bytes.
type Header struct {
	MemoryUsage         uint64 `json:"memory_usage"`
	MemoryUsageReal     uint64 `json:"memory_usage_real"`
	PeakMemoryUsage     uint64 `json:"peak_memory_usage"`
	PeakMemoryUsageReal uint64 `json:"peak_memory_usage_real"`
}

// Tally counts the items of one type, or of one class where the type is object.
type Tally struct {
	Type  string `json:"type"`
	Class string `json:"class,omitempty"` // unescaped; JSON has no room for bytes that are no UTF-8
	Count int    `json:"count"`
	Size  uint64 `json:"size"` // bytes, as reported by the dump
}

// Plant is a structure whose place and nature are known.
type Plant struct {
	Structure Structure `json:"structure"`
	// Container is the path of what holds the members, such as
	// $userService->cache->cache; of a list, the path of its first node.
	Container string `json:"container"`
	// Holds is the class of the members, or their type where they are no
	// objects.
	Holds string `json:"holds"`
	// Members is how many the container holds in the whole dump.
	Members int `json:"members"`
	// Leak tells an accumulation from an innocent structure.
	Leak bool `json:"leak"`
	// Example is the id of a member from the middle, empty where there is
	// none or where the dump ends before it.
	Example string `json:"example"`
}

// Plant returns the plant of a structure, if it is part of the dump.
func (t *Truth) Plant(s Structure) (Plant, bool) {
	for _, p := range t.Plants {
		if p.Structure == s {
			return p, true
		}
	}
	return Plant{}, false
}
