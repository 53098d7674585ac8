package dump

// Code is what compiled functions can do to variables, by capture: it is read
// from opcodes, so it is what they can do and not what they did.
type Code struct {
	// Variables that something can add to, by kind, holder and name.
	Variables []Variable `json:"variables"`
	// Parents are the parent classes of classes that the program declares.
	Parents map[string]string `json:"parents,omitempty"`
}

// VariableKind is where a variable lives.
type VariableKind string

// The kinds of variables.
const (
	PropertyVariable VariableKind = "property" // of objects of the class Of; where Of is "", of a class that is not known
	StaticProperty   VariableKind = "static"   // of the class Of
	GlobalVariable   VariableKind = "global"
	LocalVariable    VariableKind = "local"           // of the function Of; "" for files
	FunctionStatic   VariableKind = "function_static" // of the function Of
	FunctionFrames   VariableKind = "frames"          // of the function Of, which calls itself
	EngineList       VariableKind = "engine"          // a list of the engine's, like "shutdown functions"
)

// CallsItself is what a [Site] does that makes a function call itself.
const CallsItself = "calls itself"

// Variable is a variable or property with the places in code that change it.
type Variable struct {
	Kind VariableKind `json:"kind"`
	Of   string       `json:"of,omitempty"`
	Name string       `json:"name"` // without $; "" for the elements of an object that is a container itself
	// Private is set for a property that only methods of its class can reach.
	Private bool   `json:"private,omitempty"`
	Adds    []Site `json:"adds,omitempty"`
	Removes []Site `json:"removes,omitempty"`
	// Other sites pass it by reference, or replace it by what cannot be told.
	Other []Site `json:"other,omitempty"`
}

// Site is a place in code that changes a variable.
type Site struct {
	Function string `json:"in,omitempty"` // like C::m() or f(); "" for the code of a file
	File     string `json:"file"`
	Line     int    `json:"line"`
	How      string `json:"by"` // in the words of PHP: "[] =", "unset()", "array_shift()", "->attach()"
	// Depth tells how many containers deep it writes: 1 for an element of the
	// variable, 2 for an element of an element, 0 for the variable as a whole.
	Depth int `json:"depth,omitempty"`
	// Self is the class of $this, where the property is reached through it:
	// only objects of that class or of one that extends it are meant.
	Self string `json:"self,omitempty"`
}
