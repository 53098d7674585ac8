// Package retaintest gives tests graphs with retained sizes, and a naive oracle
// for these.
package retaintest
