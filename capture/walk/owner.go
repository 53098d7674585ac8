package walk

import "memtrail/capture/zendmm"

// kind is what a block is, as its state in the heap's maps. The flags come on
// top.
type kind = zendmm.State

const (
	none       kind = iota // zendmm.Unowned
	kString                // a string that is a value
	kKey                   // a string that is the key of a table
	kArray                 // zend_array
	kObject                // zend_object
	kReference             // zend_reference
	kResource              // zend_resource
	kTable                 // the elements of an array, or a table of properties
	kFrame                 // a frame of a generator, pages of the VM's stack
	kInternal              // what an internal object owns
	kEngine                // tables of the executor
	kCode                  // classes, functions, opcodes, literals
	kNative                // held by memory outside the heap only
	kLost                  // no pointer to it anywhere
	numKinds

	kindMask kind = 0x1f
	emitted  kind = 0x20 // the value is an item already
	garbage  kind = 0x40 // found on the way from uncollected objects only
	lostOnly kind = 0x80 // found on the way from lost blocks only
)

// owners names what each kind counts as.
var owners = [numKinds]string{
	none: "unknown", kString: "values", kArray: "values", kObject: "values", kReference: "values", kResource: "values",
	kKey: "keys", kTable: "tables", kFrame: "frames", kInternal: "internals", kEngine: "engine", kCode: "code",
	kNative: "native", kLost: "lost",
}

// ownerOrder is the order in which owners are listed.
var ownerOrder = []string{"values", "tables", "keys", "frames", "internals", "engine", "code", "native", "uncollected", "lost", "unknown"}

// ownerOf names what a block with that state counts as.
func ownerOf(state kind) string {
	switch {
	case state&garbage != 0:
		return "uncollected"
	case state&lostOnly != 0:
		return "lost"
	}
	return owners[min(state&kindMask, numKinds-1)]
}
