// Package retain prices every item of a graph by the model of PHP's allocator in
// package zend, and computes what each item keeps alive.
package retain
