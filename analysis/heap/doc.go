// Package heap lays the items of a dump out over the chunks of PHP's allocator,
// and tells how full they are.
package heap
