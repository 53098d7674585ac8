// Package members samples the members of places, so that the share of them that
// the next dump still has can be estimated.
//
// That share is the strongest evidence that tells a leak from a cache or a backlog
// of the same size: a leak keeps its members, a full cache and a queue do not.
//
//  1. A member is recognised by what PHP cannot change while it lives: an object
//     by its address and its handle, any member by its string key, or by its
//     integer key where the keys do not simply count from 0 (array_shift and
//     array_values renumber lists). All else has no identity.
//  2. Handles and addresses are used again once an object is freed. Both free
//     lists are last in, first out, so a list that exchanged all of its objects
//     may have the same handles at the same addresses: in simulated lists that
//     are freed and made anew, up to 61 % of the members match by chance.
//     Therefore objects in lists are compared by the sizes of their strings, too.
//  3. To keep all members of all dumps would take more than the graph. Each place
//     keeps those whose hash is smallest: a bottom-k sketch (Cohen and Kaplan,
//     Summarizing data using bottom-k sketches, 2007). The hash is the same in
//     all dumps, so the samples are of the same members, and the share that two
//     samples have in common estimates the share of the members.
//  4. All of this holds within one process only. Anchors tell whether two dumps
//     are of one.
package members
