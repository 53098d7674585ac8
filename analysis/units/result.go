package units

// Units is what the units of work of one process have left behind.
type Units struct {
	PID   int
	Ended uint64 // units
	// Unnamed are those of them whose names are not listed, as there are too many.
	Unnamed uint64
	Rows    []Row // by name; most bytes left first

	Blamed []Blamed // that have left memory behind which is held; most bytes first
	// Steady are places that grow from dump to dump, over all units; their Count and
	// Bytes are those of the whole series.
	Steady []Steady
	// Beside is what has become more beside that, in bytes, by what it is: from the
	// first dump to the last, as far as the dumps were compared.
	Beside map[What]uint64
	// Compared is the number of dumps that were; with fewer than two, nothing is
	// known of what holds what is left.
	Compared int
}

// Row is what the units of one name have left.
type Row struct {
	Name  string
	Times uint64
	Left  int64 // bytes, of all
	Each  int64 // bytes: the median of the last ones
	Trend Trend
	Code  bool // files or classes were loaded in one of them
	Held  uint64
}
