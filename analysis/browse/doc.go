// Package browse answers the questions of somebody who walks through a dump:
// what is below this, what holds it, what is in it, which others are there of its
// class. Answers come in pages, so that an array of millions of elements costs
// what is looked at.
package browse
