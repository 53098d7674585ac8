package parquet

// A dictionary numbers the texts of a column in the order in which they come.
type dictionary struct {
	numbers map[string]uint32
	plain   []byte     // the texts, as they are written
	recent  [256]entry // of texts that came before, by mix
}

type entry struct {
	text   string
	number uint32 // of the text, from 1; 0 where there is no entry
}

// largestDictionary is how many bytes the texts of a dictionary have at most: what
// comes then is written as it is. Readers hold a dictionary in memory, as the writer
// does.
const largestDictionary = 1 << 20

// number gives the number of a text, and whether it is a new one; ok is false if the
// dictionary is full and does not have it.
func (d *dictionary) number(s string) (n uint32, isNew, ok bool) {
	e := &d.recent[mix(s)]
	if e.number > 0 && e.text == s {
		return e.number - 1, false, true
	}
	n, known := d.numbers[s]
	if !known {
		if len(d.plain)+len(s) > largestDictionary {
			return 0, false, false
		}
		n = uint32(len(d.numbers))
		if d.numbers == nil {
			d.numbers = map[string]uint32{}
		}
		d.numbers[s] = n
		d.plain = appendText(d.plain, s)
	}
	*e = entry{s, n + 1}
	return n, !known, true
}

// mix makes a number of a text that is quickly found: texts of a column repeat, and
// most are the same memory, so that comparing them costs nothing.
func mix(s string) uint8 {
	if s == "" {
		return 0
	}
	return uint8(len(s)*31) ^ s[0]<<3 ^ s[len(s)-1] ^ s[len(s)/2]<<5
}

func (d *dictionary) reset() {
	clear(d.numbers)
	d.plain = d.plain[:0]
	d.recent = [256]entry{}
}
