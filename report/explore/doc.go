// Package explore is the terminal explorer: five screens on one dump, walked
// through with keys and the mouse.
//
// A [Model] is the state. What happens in the terminal changes it, in Update, and
// View draws it; neither reads the dump. What a screen needs of the dump Update
// asks for: it returns questions ([Ask]), which are answered elsewhere, one after
// another, and come back as answers. So a key is answered at once however large
// the dump is, and tests need no terminal. [Run] is the loop around this.
//
// Names in a dump are hostile: every text of it is escaped by package report
// before it is drawn.
package explore
