package paths

import (
	"strconv"
)

// IntegerKey reads a key that PHP holds as an integer.
func IntegerKey(key []byte) (int64, bool) {
	if len(key) == 0 || len(key) > 20 || key[0] != '-' && key[0]-'0' > 9 {
		return 0, false
	}
	v, err := strconv.ParseInt(string(key), 10, 64)
	if err != nil || strconv.FormatInt(v, 10) != string(key) {
		return 0, false
	}
	return v, true
}
