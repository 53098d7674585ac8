package graph

// kindSlots finds the numbers of kinds: open addressing without pointers, as a dump
// may have millions of classes.
type kindSlots []uint32 // number plus one, 0 if free; a power of two

// id gives the number of a kind in a list of them, to which it adds a new one.
func (s *kindSlots) id(list *[]Kind, k Kind) KindID {
	if 2*len(*list) >= len(*s) {
		s.grow(*list)
	}
	i := s.find(*list, k)
	if (*s)[i] == 0 {
		*list = append(*list, k)
		(*s)[i] = uint32(len(*list))
	}
	return KindID((*s)[i] - 1)
}

// find gives the slot of a kind, or the one where it belongs.
func (s *kindSlots) find(list []Kind, k Kind) uint32 {
	mask := uint32(len(*s) - 1)
	h := (uint64(k.Type)<<32 | uint64(k.Class)) ^ uint64(k.Fields)<<52
	for i := uint32(h*0x9e3779b97f4a7c15>>32) & mask; ; i = (i + 1) & mask {
		if n := (*s)[i]; n == 0 || list[n-1] == k {
			return i
		}
	}
}

func (s *kindSlots) grow(list []Kind) {
	*s = make(kindSlots, max(64, 2*len(*s)))
	for i, k := range list {
		(*s)[s.find(list, k)] = uint32(i + 1)
	}
}

// reset forgets all kinds. What one rich stretch has left is not cleared for each
// that follows.
func (s *kindSlots) reset() {
	if len(*s) > 1<<14 {
		*s = nil
	} else {
		clear(*s)
	}
}
