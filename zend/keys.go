package zend

// KeyRule says which string keys of arrays are strings of their own.
//
// A key costs nothing where it is a literal of the program, which the compiler
// interns (zend_new_interned_string, Zend/zend_string.c), or shared, as the
// column names of a result set are; it costs as any string where it was put
// together at run time ("user_$id") or decoded from JSON. A dump does not tell.
// Names of properties are taken for interned in any case.
type KeyRule uint8

const (
	// KeysAuto judges by the array alone, so that the answer depends on
	// nothing else in the dump: in an array of more than 64 string keys all
	// are built; so they are in one of at least 9 if three in four have a
	// digit (user_1, user_2 …). Elsewhere only keys of three and more digits
	// are (ids, dates, hashes), and those of a kilobyte and more, which are content:
	// the rest are what programs write out, and what repeats over the rows of a
	// result.
	KeysAuto KeyRule = iota
	KeysBuilt
	KeysLiteral
)

const (
	manyKeys     = 64
	numberedKeys = 9
	idDigits     = 3
	writtenOut   = 1 << 10 // bytes: nobody writes a longer key into a program
)

// keys counts the string keys of one array.
type keys struct {
	count    uint64
	digits   uint32 // keys with a digit
	cost     uint64 // of all, if built
	costOfID uint64 // of those with at least idDigits, or of writtenOut bytes and more
}

func (k *keys) add(key []byte) {
	k.count++
	var cost uint64
	if len(key) > 1 {
		cost = Alloc(uint64(strHeader+len(key)+1+7) &^ 7)
		k.cost += cost
	}
	if k.count > manyKeys {
		return // digits do not matter any more
	}
	digits := 0
	for _, c := range key {
		if c-'0' <= 9 {
			digits++
		}
	}
	if digits > 0 {
		k.digits++
	}
	if digits >= idDigits || len(key) >= writtenOut {
		k.costOfID += cost
	}
}

func (k *keys) price(rule KeyRule) uint64 {
	switch {
	case rule == KeysBuilt:
		return k.cost
	case rule == KeysLiteral:
		return 0
	case k.count > manyKeys, k.count >= numberedKeys && uint64(k.digits)*4 >= k.count*3:
		return k.cost
	}
	return k.costOfID
}

// integer reads a key as PHP does: decimal, without leading zeros, in the
// range of an int (ZEND_HANDLE_NUMERIC_STR, Zend/zend_hash.h). Negative keys
// are integers too, but never in a packed array: they come as no number, ok.
func integer(key []byte) (n uint64, number, ok bool) {
	d := key
	if len(d) > 1 && d[0] == '-' {
		d = d[1:]
	}
	if len(d) == 0 || len(d) > 19 || d[0] == '0' && len(key) > 1 {
		return 0, false, false
	}
	for _, c := range d {
		if c-'0' > 9 {
			return 0, false, false
		}
		n = n*10 + uint64(c-'0')
	}
	if n >= 1<<63 {
		return 0, false, false
	}
	return n, len(d) == len(key), true
}
