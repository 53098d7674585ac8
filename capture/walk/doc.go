// Package walk reads PHP's values from the memory of a process, and says of
// every block of the heap to what it belongs.
//
// It goes in this order, because a later step is less sure than an earlier one
// and would swallow what has an owner:
//
//  1. The roots: globals, frames, statics, constants, handlers; and from them
//     every value that PHP's own tables lead to. Types are known here.
//  2. What objects of internal classes point to beyond their properties. PHP's
//     own containers are read as what they are (known.go); of any other class
//     each word that may be an address is taken for one. Such edges are marked
//     with [Guess].
//  3. Compiled code and the engine's own tables.
//  4. What only memory outside the heap points to, by who does: a library, a
//     symbol of it.
//  5. Objects that nothing reached: garbage in cycles that PHP's collector has
//     not come to.
//
// What is left then has no pointer to it anywhere: it is lost.
//
// Values are given as the items of a dump, in the order in which php-meminfo
// prints: depth first, each behind the first that holds it.
package walk

// Guess is how the keys of edges begin that were found by looking at each word
// of a block whose layout is not known: the pointer may be stale.
const Guess = "≈>"

// RedactedKey stands for a string key of an array that is not to be shown.
const RedactedKey = "string"
