package query

import (
	"testing"

	"memtrail/dump"
)

// FuzzFilter: any text is a filter or an error that says what is wrong with it.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{"class=App\\User", "size>1KB", "class~^A(b|c)*$", "is_root!=true", "retained>=1.5MB", "size<", "~", "a=b=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err != nil {
			if e, ok := err.(*FilterError); !ok || e.Filter != text || e.Problem == "" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		name := []byte(text)
		it := dump.Item{Fields: ^dump.Fields(0), ID: name, Type: name, Class: name, Frame: name, Symbol: name, Handle: name, Size: uint64(len(text))}
		again, err := ParseFilter(text)
		if err != nil || filter.match(&it) != again.match(&it) {
			t.Errorf("%q matches at times: %v", text, err)
		}
	})
}
