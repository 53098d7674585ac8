package dump

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Region is one mapping of a process.
type Region struct {
	From, To    Address // To is behind it
	Permissions string  // like rw-p; "" where the list has none
	Name        string  // file or [heap], [stack], …; "" if anonymous
}

// Anonymous reports whether no file is behind the mapping, and it is not one
// of those that the kernel sets up: what an allocator asks for. The kernel
// names some, as [anon:name].
func (r *Region) Anonymous() bool { return r.Name == "" || strings.HasPrefix(r.Name, "[anon") }

// Regions are the mappings of a process, by address.
type Regions []Region

// Find gives the mapping that an address lies in, nil if none.
func (rs Regions) Find(a Address) *Region {
	i, found := slices.BinarySearchFunc(rs, a, func(r Region, a Address) int { return cmp.Compare(r.From, a) })
	if !found {
		i--
	}
	if i < 0 || a >= rs[i].To {
		return nil
	}
	return &rs[i]
}

// Hold reports whether anonymous mappings hold a range without a gap.
func (rs Regions) Hold(from, to Address) bool {
	for from < to {
		r := rs.Find(from)
		if r == nil || !r.Anonymous() || strings.HasPrefix(r.Permissions, "-") {
			return false
		}
		from = r.To
	}
	return true
}

// ParseMaps reads a saved /proc/PID/maps, or smaps. Lines may be in any order,
// and lack what is behind the addresses.
func ParseMaps(r io.Reader) (Regions, error) {
	const longest = 1 << 20 // a path has 4,096 bytes at most, octal escapes included 16,384
	var rs Regions
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longest)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || isDetail(line) {
			continue
		}
		region, err := parseRegion(string(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		rs = append(rs, region)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("line %d: too long for a list of mappings", number+1)
		}
		return nil, err
	}
	if len(rs) == 0 {
		return nil, errors.New("no mapping in it; save /proc/PID/maps while the process lives")
	}
	slices.SortStableFunc(rs, func(a, b Region) int { return cmp.Compare(a.From, b.From) })
	return rs, nil
}

// isDetail tells the lines that smaps has below each mapping: "Rss: 4 kB".
func isDetail(line []byte) bool {
	word, _, ok := bytes.Cut(line, []byte(":"))
	return ok && len(word) > 0 && 'A' <= word[0]&^0x20 && word[0]&^0x20 <= 'Z' && !bytes.ContainsAny(word, " \t-")
}

// parseRegion reads "from-to perms offset dev inode name".
func parseRegion(line string) (Region, error) {
	addresses, rest := cutField(line)
	from, to, ok := strings.Cut(addresses, "-")
	if !ok {
		return Region{}, fmt.Errorf("%q is no range of addresses like 7f2934400000-7f2934600000", shorten(addresses))
	}
	var r Region
	for _, part := range []struct {
		text string
		to   *Address
	}{{from, &r.From}, {to, &r.To}} {
		n, err := strconv.ParseUint(strings.TrimPrefix(part.text, "0x"), 16, 64)
		if err != nil {
			return Region{}, fmt.Errorf("%q is no address in hexadecimal", shorten(part.text))
		}
		*part.to = Address(n)
	}
	if r.To <= r.From {
		return Region{}, fmt.Errorf("the range %s ends before it begins", shorten(addresses))
	}
	r.Permissions, rest = cutField(rest)
	for range 3 { // offset, device, inode
		_, rest = cutField(rest)
	}
	r.Name = rest
	return r, nil
}

// cutField cuts the first word off a line.
func cutField(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

func shorten(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
