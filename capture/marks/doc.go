// Package marks lets a program say where its units of work end: jobs of a queue,
// requests, tests.
//
// The program finds a Unix socket by the variable [Variable] and speaks a
// protocol of lines, which docs/record.md defines: HELLO, then BEGIN and MARK for
// its units, each of which is answered before the program goes on. So whoever
// answers may look at the program at a moment that both know.
//
// An exchange takes longer than a small unit does. So an answer says which units
// need none: so many, as long as they leave less than so many bytes. The program
// collects these, and sends them with the next one for which it waits.
//
// What comes from the socket is hostile: lines are bounded, numbers are checked,
// a connection that breaks the protocol is closed, and no process can hold up
// another.
package marks
