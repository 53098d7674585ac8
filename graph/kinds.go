package graph

import "memtrail/internal/slots"

// kindNumbers finds the numbers of kinds.
type kindNumbers struct{ table slots.Table }

// id gives the number of a kind in a list of them, to which it adds a new one.
func (s *kindNumbers) id(list *[]Kind, k Kind) KindID {
	hash := k.hash()
	at := hash
	for id, ok := s.table.Next(&at, hash); ok; id, ok = s.table.Next(&at, hash) {
		if (*list)[id] == k {
			return KindID(id)
		}
	}
	id := len(*list)
	s.table.Put(at, hash, uint32(id))
	*list = append(*list, k)
	return KindID(id)
}

// hash spreads kinds, but for those whose classes were first met one after the
// other: so are they looked up, and eight slots are one line of the cache.
func (k Kind) hash() uint32 {
	const near = 8
	h := (uint64(k.Type)<<32 | uint64(k.Class/near)) ^ uint64(k.Fields)<<52
	return uint32(h*0x9e3779b97f4a7c15>>32)&^(near-1) | uint32(k.Class%near)
}

// KindsAlike gives for each kind the first one of the same type and class: kinds
// differ by the fields that the dump has, too.
func (g *Graph) KindsAlike() []KindID {
	alike := make([]KindID, len(g.kinds))
	var numbers kindNumbers
	var list []Kind
	var first []KindID // by number in list
	for k, kind := range g.kinds {
		kind.Fields = 0
		id := numbers.id(&list, kind)
		if int(id) == len(first) {
			first = append(first, KindID(k))
		}
		alike[k] = first[id]
	}
	return alike
}
