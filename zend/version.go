package zend

import (
	"fmt"
	"strings"
)

// Version is a PHP version, as far as layouts differ by it: 80200 for 8.2, as
// PHP_VERSION_ID counts. The zero Version is not known.
type Version int

// The versions that the model knows.
const (
	PHP74 Version = 70400
	PHP80 Version = 80000
	PHP81 Version = 80100
	PHP82 Version = 80200
	PHP83 Version = 80300
	PHP84 Version = 80400

	// Auto stands for: infer it from the dump.
	Auto Version = 0
	// Assumed is the version taken where nothing tells: the layout of 8.2 to
	// 8.4 is the same but for details.
	Assumed = PHP82
)

var versions = [...]Version{PHP74, PHP80, PHP81, PHP82, PHP83, PHP84}

// ParseVersion reads "7.4" to "8.4", and "auto".
func ParseVersion(s string) (Version, error) {
	if s == "auto" || s == "" {
		return Auto, nil
	}
	for _, v := range versions {
		if s == v.String() {
			return v, nil
		}
	}
	return Auto, fmt.Errorf("unknown PHP version %q: want 7.4, 8.0, 8.1, 8.2, 8.3, 8.4 or auto", s)
}

// VersionOf reads a release like 8.2.20; the newest version known stands for
// newer ones, Auto for what is no release.
func VersionOf(release string) Version {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n != 2 {
		return Auto
	}
	v := Version(major*10000 + minor*100)
	return min(max(v, versions[0]), versions[len(versions)-1])
}

func (v Version) String() string {
	if v == Auto {
		return "auto"
	}
	return fmt.Sprintf("%d.%d", v/10000, v/100%100)
}

// Range is the versions that a dump may come from, both ends included. Only
// where From is To is it one version.
type Range struct{ From, To Version }

func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + "–" + r.To.String()
}

// Version is the one to model the range by: the one assumed by default if it
// is in the range, else the newest in it.
func (r Range) Version() Version {
	if r.From <= Assumed && Assumed <= r.To {
		return Assumed
	}
	return r.To
}

// Evidence collects what a dump shows of the version that wrote it. Feed it
// the type names (each distinct one is enough) and the arrays.
type Evidence struct {
	Narrow  uint64 // neighbours in packed arrays 16 bytes apart: 8.2 and later
	Wide    uint64 // 32 bytes apart: before 8.2
	Long    bool   // "integer" or "boolean": what PHP 7 calls the types
	Closure bool   // closures that tell their file and line: 8.4
}

// Type takes notice of a type name.
func (e *Evidence) Type(name []byte) {
	if len(name) == 7 && (string(name) == "integer" || string(name) == "boolean") {
		e.Long = true
	}
}

// Array takes notice of the elements of an array, once they have been added.
func (e *Evidence) Array(a *Array) {
	// One array full of references, which are 32 bytes apart in any version,
	// must not outvote the others.
	const vote = 16
	e.Narrow += uint64(min(a.narrow, vote))
	e.Wide += uint64(min(a.wide, vote))
}

// Range gives the versions that fit. References in a packed array of 8.2 are
// 32 bytes apart too, so that a few wide pairs prove nothing among narrow ones.
func (e Evidence) Range() Range {
	r := Range{PHP74, PHP84}
	switch {
	case e.Narrow > 0 && e.Narrow*8 >= e.Wide:
		r.From = PHP82
	case e.Wide >= 8:
		r.To = PHP81
	}
	switch {
	case e.Long && r.From < PHP82:
		r.To = PHP74
	case e.Closure && r.To == PHP84:
		r.From = PHP84
	}
	return r
}

// Why says what the inference rests on.
func (e Evidence) Why() string {
	var why []string
	r := e.Range()
	if r.From >= PHP82 {
		why = append(why, "packed elements 16 bytes apart")
	}
	if r.To <= PHP81 && e.Wide >= 8 {
		why = append(why, "packed elements 32 bytes apart")
	}
	if r.To == PHP74 {
		why = append(why, "long type names")
	}
	if r.From == PHP84 {
		why = append(why, "closures that name their file")
	}
	if why == nil {
		return "nothing in the dump tells"
	}
	return strings.Join(why, ", ")
}
