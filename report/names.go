package report

import (
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

// kindName is a class, or a type: PHP's own are words like others.
func kindName(typ, class string, width int) prose {
	if class != "" {
		return words(rawName(shorten(class, width)))
	}
	switch typ {
	case "null", "bool", "int", "float", "string", "array", "object", "resource":
		return words(typ)
	}
	return words(rawName(shorten(typ, width)))
}

// several counts items of a kind.
func several(n uint64, typ, class string) prose {
	p := words(grouped(n)+" ", kindName(typ, class, classWidth))
	if class == "" && n != 1 {
		p = words(p, "s")
	}
	return p
}

// shortClass is a class without its namespace.
func shortClass(class string) string { return class[strings.LastIndexByte(class, '\\')+1:] }

// nameOf is the class of an item, or its type.
func nameOf(it *analysis.Item) string {
	if it.Class != "" {
		return it.Class
	}
	return it.Type
}

// placeName is the path of a place, or its id if it has none.
func placeName(p *analysis.Place, all bool) string {
	if p.Path == "" {
		return p.Item.ID
	}
	return shorten(p.Path, widthOf(classWidth, all))
}

// alsoUpTo is how many parallel containers are named without Options.Verbose.
const alsoUpTo = 2

// makers says where closures were made; empty if that is not known.
func makers(list []leaks.Maker, all bool) prose {
	return enumerate(sliceOf(list, func(m *leaks.Maker) prose {
		p := words(percent(m.Share) + " ")
		if m.This != "" {
			p = words(p, "in ", rawName(shorten(m.This, classWidth)))
		} else {
			p = words(p, "without $this")
		}
		if len(m.Captures) > 0 {
			p = words(p, ", use (", enumerate(sliceOf(m.Captures, func(name *string) prose {
				return words(rawName("$" + shorten(*name, keyWidth)))
			}), ", "), ")")
		}
		if m.Source != nil {
			p = words(p, ", ", rawName(makerFile(m.Source, all)))
		}
		return p
	}), "; ")
}

// makerFile is file and line of a closure's declaration, as [siteFile] gives them.
func makerFile(d *analysis.Declared, all bool) string {
	return siteFile(&analysis.Site{File: d.File, Line: int(d.Line)}, all)
}

const keyWidth = 32 // columns for a key

// readable puts commas into a number that is a key.
func readable(key string) string {
	if n, err := strconv.ParseUint(key, 10, 64); err == nil && ungrouped(n) == key {
		return grouped(n)
	}
	return shorten(key, keyWidth)
}

// keys says how the keys of a container are made; empty if it has none.
func keys(k *leaks.KeyPattern) prose {
	if k.Kind == leaks.NoKeys {
		return nil
	}
	one := func(key string) prose {
		if digits(strings.TrimPrefix(key, "-")) {
			return words(rawName(readable(key)))
		}
		return words(rawName(`"` + shorten(key, keyWidth) + `"`))
	}
	span := one(k.First)
	if k.Last != k.First {
		span = words(span, " … ", one(k.Last))
	}
	switch k.Kind {
	case leaks.ObjectKeys:
		if k.Pattern == "" {
			return words("keys are objects")
		}
		return words("keys are objects, ", rawName(shorten(k.Pattern, classWidth)))
	case leaks.HashKeys:
		return words("keys are hashes, ", span)
	case leaks.ClassKeys:
		return words("keys are class names, ", span)
	case leaks.PathKeys:
		return words("keys are paths, ", span)
	case leaks.MixedKeys:
		return words("mixed keys, ", span)
	case leaks.NumberedKeys:
		return words("keys ", span, " (", rawName(shorten(k.Pattern, keyWidth)), ")")
	}
	return words("keys ", span)
}

// digits reports whether a text is a number without a sign.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
