package code

import "memtrail/dump"

// effect is what a call does to a container that it is given.
type effect byte

const (
	noEffect effect = iota
	adds
	removes
	keeps   // the result holds what the argument holds
	unknown // by reference, to a function that is not known
)

// byReference are functions that change their first argument, ext/standard.
var byReference = map[string]effect{
	"array_push": adds, "array_unshift": adds,
	"array_pop": removes, "array_shift": removes, "array_splice": removes,
	"sort": keeps, "rsort": keeps, "usort": keeps, "uasort": keeps, "uksort": keeps, "asort": keeps, "arsort": keeps, "ksort": keeps,
	"krsort": keeps, "natsort": keeps, "natcasesort": keeps, "shuffle": keeps, "array_walk": keeps, "array_walk_recursive": keeps,
	"array_multisort": keeps, "reset": keeps, "end": keeps, "next": keeps, "prev": keeps, "current": keeps, "key": keeps, "each": keeps,
	"settype": keeps,
}

// byValue are functions whose result is made of their arguments.
var byValue = map[string]effect{
	"array_merge": adds, "array_merge_recursive": adds, "array_replace": adds, "array_replace_recursive": adds, "array_pad": adds,
	"array_filter": removes, "array_slice": removes, "array_diff": removes, "array_diff_key": removes, "array_diff_assoc": removes,
	"array_udiff": removes, "array_diff_ukey": removes, "array_intersect": removes, "array_intersect_key": removes,
	"array_intersect_assoc": removes, "array_uintersect": removes, "array_unique": removes, "substr": removes, "mb_substr": removes,
	"array_values": keeps, "array_map": keeps, "array_reverse": keeps, "iterator_to_array": keeps,
}

// methods are those of PHP's own containers, by their lower-case names. They
// count only where the variable holds such an object.
var methods = map[string]effect{
	"attach": adds, "offsetset": adds, "append": adds, "push": adds, "enqueue": adds, "unshift": adds, "insert": adds, "addall": adds, "add": adds,
	"attachiterator": adds, "put": adds, "setsize": unknown, "exchangearray": unknown,
	"detach": removes, "offsetunset": removes, "pop": removes, "shift": removes, "dequeue": removes, "extract": removes, "removeall": removes,
	"removeallexcept": removes, "detachiterator": removes, "remove": removes, "clear": removes,
}

// engineCalls are functions that add to a list of the engine's, or take from it.
var engineCalls = map[string]struct {
	list   string
	effect effect
}{
	"register_shutdown_function": {ShutdownFunctions, adds},
	"set_error_handler":          {ErrorHandlers, adds},
	"restore_error_handler":      {ErrorHandlers, removes},
	"set_exception_handler":      {ExceptionHandlers, adds},
	"restore_exception_handler":  {ExceptionHandlers, removes},
	"spl_autoload_register":      {Autoloaders, adds},
	"spl_autoload_unregister":    {Autoloaders, removes},
	"register_tick_function":     {TickFunctions, adds},
	"unregister_tick_function":   {TickFunctions, removes},
	"ob_start":                   {OutputBuffers, adds},
	"ob_end_clean":               {OutputBuffers, removes},
	"ob_end_flush":               {OutputBuffers, removes},
	"ob_get_clean":               {OutputBuffers, removes},
	"ob_get_flush":               {OutputBuffers, removes},
	"stream_filter_append":       {StreamFilters, adds},
	"stream_filter_prepend":      {StreamFilters, adds},
	"stream_filter_remove":       {StreamFilters, removes},
	"libxml_use_internal_errors": {LibxmlErrors, adds},
	"libxml_clear_errors":        {LibxmlErrors, removes},
	"define":                     {Constants, adds},
}

// The names of lists of the engine's, see [dump.EngineList].
const (
	ShutdownFunctions = "shutdown functions"
	ErrorHandlers     = "error handlers"
	ExceptionHandlers = "exception handlers"
	Autoloaders       = "autoloaders"
	TickFunctions     = "tick functions"
	OutputBuffers     = "output buffers"
	StreamFilters     = "stream filters"
	LibxmlErrors      = "libxml errors"
	Constants         = "constants"
	EvalCode          = "code of eval()"
)

// call is a call that is being prepared.
type call struct {
	*called           // by name; the gatherer's noCall where that is not known
	callee  *Function // nil where it is not known
	made    uint32    // of new: the variable that gets the object
	class   *class    // of new
	gets    value     // what one of the arguments is a copy of
}

// site makes a site of an instruction.
func (s *scan) site(in *instruction, how string, v *value) dump.Site {
	label, file := s.names()
	site := dump.Site{Function: label, File: file, Line: int(in.line), How: how, Depth: int(v.depth)}
	if v.self {
		site.Self = s.f.Class
	}
	return site
}
