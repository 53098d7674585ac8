package check

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
	"memtrail/dump"
)

// Suppressions are rules for blocks without an owner, and for items that no root leads
// to, that are known and no trouble. A file of them has a rule a line; blank lines, and
// what begins with #, are skipped. A rule is words of the form key=value, all of which
// must hold:
//
//	size=8192 shape=zeros            what is lost, of that size and shape
//	shape=object*App\Job             objects of a class that nothing leads to
//	size=4096..65536 how=possibly    a range; both ends belong to it
//	library=libcurl.so*              whatever a library holds
//	library=php* symbol=pcre_*       by the symbol, or the module, that holds it
//
// Keys are size, shape, how (definitely, indirectly, possibly) for what is lost;
// library and symbol for those that C code holds. In library, symbol and shape *
// stands for any text.
type Suppressions struct{ rules []suppression }

type suppression struct {
	text            string // as it is written
	lost            bool
	least, most     uint64
	shape, how      string
	library, symbol string
}

// ParseSuppressions reads rules. Errors name the line.
func ParseSuppressions(r io.Reader) (*Suppressions, error) {
	s := &Suppressions{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		rule, err := parseSuppression(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		rule.text = strings.Join(strings.Fields(text), " ")
		s.rules = append(s.rules, rule)
	}
	return s, lines.Err()
}

func parseSuppression(text string) (suppression, error) {
	rule := suppression{most: 1<<64 - 1}
	native := false
	for _, word := range strings.Fields(text) {
		key, value, ok := strings.Cut(word, "=")
		if !ok || value == "" {
			return rule, fmt.Errorf("%q is not of the form key=value, such as size=8192", word)
		}
		switch key {
		case "size":
			from, to, isRange := strings.Cut(value, "..")
			if !isRange {
				to = from
			}
			least, err1 := strconv.ParseUint(from, 10, 64)
			most, err2 := strconv.ParseUint(to, 10, 64)
			if err1 != nil || err2 != nil || least > most {
				return rule, fmt.Errorf("%q is no size in bytes, nor a range such as 4096..65536", value)
			}
			rule.least, rule.most, rule.lost = least, most, true
		case "shape":
			rule.shape, rule.lost = value, true
		case "how":
			if value != dump.Definitely && value != dump.Indirectly && value != dump.Possibly {
				return rule, fmt.Errorf("%q is none of definitely, indirectly, possibly", value)
			}
			rule.how, rule.lost = value, true
		case "library":
			rule.library, native = value, true
		case "symbol":
			rule.symbol, native = value, true
		default:
			return rule, fmt.Errorf("%q is none of the keys size, shape, how, library, symbol", key)
		}
	}
	if rule.lost && native {
		return rule, fmt.Errorf("size, shape and how are of lost blocks, library and symbol of those that C code holds; a rule is for one of them")
	}
	return rule, nil
}

// Lost gives the first rule that names lost blocks, as it is written; "" if none
// does.
func (s *Suppressions) Lost(l *dump.Lost) string {
	return s.first(func(r *suppression) bool {
		return r.lost && l.Size >= r.least && l.Size <= r.most && (r.how == "" || r.how == l.How) && matches(r.shape, l.Shape)
	})
}

// Native gives the first rule that names blocks that C code holds, by the name
// of the holder: "php: basic_globals+408", or memory without symbols; "" if none
// does.
func (s *Suppressions) Native(name string) string {
	library, symbol, _ := strings.Cut(name, ": ")
	return s.first(func(r *suppression) bool {
		return !r.lost && matches(r.library, library) && matches(r.symbol, symbol)
	})
}

// Growth gives a rule for a place that grows: for what C code holds one that
// names the holder; for lost blocks one that names what became more of them, and
// then rules name all that became more. It is "" if there is none.
func (s *Suppressions) Growth(w *growth.GrowingPlace) (rule string) {
	if w.Holder != "" {
		return s.Native(w.Holder)
	}
	for i := range w.Lost {
		if rule = s.Lost(&w.Lost[i]); rule == "" {
			return ""
		}
	}
	return rule
}

func (s *Suppressions) first(names func(*suppression) bool) string {
	if s == nil {
		return ""
	}
	for i := range s.rules {
		if names(&s.rules[i]) {
			return s.rules[i].text
		}
	}
	return ""
}

func matches(pattern, text string) bool { return pattern == "" || paths.Glob(pattern).Match(text) }
