// Package executable ends the program with one line where memory may not be
// made executable, before sonic panics there; or hands over to the program
// beside it that needs no such memory, which is called NAME-nojit.
//
// Sonic maps executable memory while packages are initialized, before main. Of
// the packages whose imports are initialized, Go takes the one whose path comes
// first: "early.internal/…" is before "github.com/bytedance/…". Its path is therefore
// that of a module of its own, and it imports nothing that comes later.
package executable
