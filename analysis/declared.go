package analysis

import (
	"strconv"
	"strings"

	"memtrail/dump"
)

// Declared is where the program declares something: a class, or a function or
// method, by its lines.
type Declared struct {
	Symbol    string // as the program calls it: a class, f, C::m; "eval()" for what that made
	File      string
	Line, End uint32 // from 1 on; End is 0 where only the line is known
}

// Declarations say where the classes and functions of a program are declared. A
// nil one knows nothing: dumps of php-meminfo do not tell.
type Declarations struct{ at map[string]Declared }

// DeclarationsOf reads those of a capture; c may be nil.
func DeclarationsOf(c *dump.Capture) *Declarations {
	if c == nil || len(c.Sources) == 0 {
		return nil
	}
	d := &Declarations{at: map[string]Declared{}}
	for _, f := range c.Sources {
		for _, s := range f.Symbols {
			if s.Line > 0 {
				d.at[symbolKey(s.Name)] = Declared{s.Name, f.File, s.Line, s.End}
			}
		}
	}
	return d
}

// symbolKey is a name as PHP compares it.
func symbolKey(name string) string { return strings.ToLower(strings.TrimPrefix(name, `\`)) }

// Named finds a class, or a function or method as f or C::m; nil if it is not
// the program's.
func (d *Declarations) Named(name string) *Declared {
	if d == nil || name == "" {
		return nil
	}
	if found, ok := d.at[symbolKey(name)]; ok {
		return &found
	}
	return nil
}

// Place finds the code that a place belongs to: the class of the object nearest
// to it on the way there, or what the root is declared in. Where no code of the
// program is on the way, it is that of what the place holds: the classes named.
func (d *Declarations) Place(way []PathStep, holds ...string) *Declared {
	if d == nil {
		return nil
	}
	for i := len(way) - 1; i >= 0; i-- {
		if found := d.Named(way[i].Item.Class); found != nil {
			return found
		}
	}
	if len(way) > 0 {
		if found := d.root(&way[0]); found != nil {
			return found
		}
	}
	for _, class := range holds {
		if found := d.Named(class); found != nil {
			return found
		}
	}
	return nil
}

// root finds what a root is declared in, by its frame.
func (d *Declarations) root(step *PathStep) *Declared {
	frame := step.Item.Frame
	if call, ok := strings.CutPrefix(step.Label, "code of eval() in "); ok {
		return evalCall(call)
	}
	if file, ok := strings.CutPrefix(step.Label, "code of "); ok {
		return &Declared{File: file, Line: 1}
	}
	if inner, ok := strings.CutPrefix(frame, "<STATIC_VARIABLE("); ok {
		return d.Named(strings.TrimSuffix(inner, ")>"))
	}
	if frame == "<CLASS_STATIC_MEMBER>" {
		class, _, _ := strings.Cut(step.Item.Symbol, "::")
		return d.Named(class)
	}
	if name, ok := strings.CutSuffix(frame, "()"); ok {
		return d.Named(strings.Replace(name, "->", "::", 1))
	}
	return nil
}

// evalCall reads "worker.php(12)", as PHP names the code that eval() made.
func evalCall(call string) *Declared {
	file, rest, _ := strings.Cut(call, "(")
	digits, _, ok := strings.Cut(rest, ")")
	line, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil {
		return nil
	}
	return &Declared{Symbol: "eval()", File: file, Line: uint32(line)}
}
