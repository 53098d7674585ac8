package check

import (
	"strings"
	"testing"

	"memtrail/dump"
)

// FuzzSuppressions: any text is rules or an error, and rules name what they say.
func FuzzSuppressions(f *testing.F) {
	f.Add("size=8192 shape=zeros\n# a\n\nlibrary=lib*.so symbol=x*", uint64(8192), "zeros")
	f.Add("size=1..2 how=possibly", uint64(1), "")
	f.Add("shape=*a*b", uint64(3), "xaxb")
	f.Fuzz(func(t *testing.T, text string, size uint64, shape string) {
		s, err := ParseSuppressions(strings.NewReader(text))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		for _, how := range []string{dump.Definitely, dump.Indirectly, dump.Possibly} {
			if rule := s.Lost(&dump.Lost{Size: size, Shape: shape, How: how}); rule != "" && !strings.Contains(strings.Join(strings.Fields(text), " "), rule) {
				t.Errorf("%q has no rule %q", text, rule)
			}
		}
		s.Native(shape)
	})
}
