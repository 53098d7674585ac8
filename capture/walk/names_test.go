package walk

import "testing"

func TestUnmangle(t *testing.T) {
	for in, want := range map[string]string{
		"public": "public", "\x00*\x00protected": "protected", "\x00App\\User\x00private": "private", "": "", "\x00": "\x00", "\x00odd": "\x00odd",
		"\x00class@anonymous\x00/srv/x.php:3$0\x00p": "p",
	} {
		if got := string(unmangle([]byte(in))); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestTrimCall(t *testing.T) {
	for in, want := range map[string]string{"f()": "f", "C->m()": "C::m", "C::m()": "C::m", "{closure}()": "{closure}", "N\\C->{closure}()": "N\\C::{closure}"} {
		if got := trimCall(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// Each kind of block has an owner that is listed, and the flags do not touch
// the kinds.
func TestOwners(t *testing.T) {
	listed := map[string]bool{}
	for _, name := range ownerOrder {
		listed[name] = true
	}
	for k := range numKinds {
		if !listed[owners[k]] {
			t.Errorf("kind %d belongs to %q, which is not listed", k, owners[k])
		}
		if k&(emitted|garbage) != 0 || k&kindMask != k {
			t.Errorf("kind %d has a flag", k)
		}
	}
	if all := (numKinds - 1) | emitted | garbage; all == 0xff {
		t.Error("a block of the last kind looks free")
	}
}
