package paths

import "testing"

func TestWithoutKeys(t *testing.T) {
	for path, want := range map[string]string{
		`$a["x\"y"]->b[501]`: `$a["…"]->b[…]`, `X::$y["a]"][-3]`: `X::$y["…"][…]`, `f() $p->{"odd"}`: `f() $p->{"…"}`, `$a["cut`: `$a["…"`, `$a[*]["*"]`: `$a[*]["…"]`,
	} {
		if got := WithoutKeys(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
