package paths

import "testing"

// Names that are not foldable are those that no other name is folded to.
func TestFoldable(t *testing.T) {
	for name, want := range map[string]bool{"": false, "Foo\\Bar": false, "Foo1": true, "Foo#": true, "abcdefabc": false, "1": true} {
		if got := Foldable(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
		if !Foldable(name) && Fold(name) != name {
			t.Errorf("%q is folded to %q, and not foldable", name, Fold(name))
		}
	}
}
