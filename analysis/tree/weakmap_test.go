package tree

import (
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

func TestTreeOfWeakMaps(t *testing.T) {
	r := retaintest.Measured(t, dumptest.WeakCase(func(b *dumpbuild.Builder) {
		dumptest.NotesOfUsers(b, 3)
		dumptest.LoopsOfDrivers(b, 30)
	}))
	want := `(all roots)
  Adapter::$loops WeakMap
    [*] ReactLoop x27
      ->driver Driver x27
        ->timers array x27
          [*] App\User x54
            ->mail string x54
            ->name string x54
      ->label string x27
    [*] Driver x3
      ->timers array x3
        [*] App\User x6
          ->mail string x6
          ->name string x6
  $users array
    [*] App\User x3
      =>WeakMap Note x3
        ->body string x3
      ->mail string x3
      ->name string x3
  Notes::$ofUser WeakMap
`
	if got := drawn(treeOf(t, r, everything)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
