package report

import (
	"strconv"
	"strings"

	"memtrail/analysis"
)

// codeRemarks say which code can add to a place and which can remove from it.
func codeRemarks(c *analysis.Changes, all bool) []remark {
	if c == nil {
		return nil
	}
	if len(c.Adds) == 1 && c.Adds[0].How == analysis.CallsItself {
		return []remark{{"calls", words("itself in ", sites(c.Adds, all))}}
	}
	list := []remark{{"adds", words(sites(c.Adds, all), onlyOne(c.Adds, "the only place seen"))}}
	switch {
	case len(c.Removes) > 0:
		list = append(list, remark{"removes", sites(c.Removes, all)})
	case len(c.Other) > 0:
		list = append(list, remark{"removes", words("nothing that was seen; it can be changed as a whole in ", sites(c.Other, all))})
	default:
		list = append(list, remark{"removes", words("nothing that was seen")})
	}
	return list
}

func onlyOne(sites []analysis.Site, text string) string {
	if len(sites) == 1 {
		return ", " + text
	}
	return ""
}

// sitesUpTo is how many sites are named without being asked for.
const sitesUpTo = 2

// sites names places in code: a function, with file and line.
func sites(list []analysis.Site, all bool) prose {
	return upTo(sitesUpTo, all, list, func(s *analysis.Site) prose {
		at := words(rawName(siteFile(s, all)))
		if s.Function == "" {
			return at
		}
		return words(rawName(shorten(functionOf(s, all), widthOf(classWidth, all))), " ", at)
	})
}

// functionOf is the function of a site; namespaces of the class are left out, as
// they are of classes elsewhere.
func functionOf(s *analysis.Site, all bool) string {
	const closure = "{closure} in "
	name, inner := strings.CutPrefix(s.Function, closure)
	class, method, ok := strings.Cut(name, "::")
	switch {
	case !ok || all:
		return s.Function
	case inner:
		return closure + shortClass(class) + "::" + method
	}
	return shortClass(class) + "::" + method
}

// siteFile is file and line, of the file's path the last two parts.
func siteFile(s *analysis.Site, all bool) string {
	file := s.File
	if parts := strings.Split(file, "/"); !all && len(parts) > 2 {
		file = strings.Join(parts[len(parts)-2:], "/")
	}
	return shorten(file, widthOf(classWidth, all)) + ":" + strconv.Itoa(s.Line)
}

// changesJSON is the code that can change a place.
type changesJSON struct {
	Adds    []siteJSON `json:"adds"`
	Removes []siteJSON `json:"removes"`
	Other   []siteJSON `json:"other"`
}

type siteJSON struct {
	Function *string `json:"in"`
	File     string  `json:"file"`
	Line     int     `json:"line"`
	How      string  `json:"by"`
	Raw      bool    `json:"raw,omitempty"`
}

func encodeChanges(c *analysis.Changes) *changesJSON {
	if c == nil {
		return nil
	}
	return &changesJSON{sliceOf(c.Adds, encodeSite), sliceOf(c.Removes, encodeSite), sliceOf(c.Other, encodeSite)}
}

func encodeSite(s *analysis.Site) siteJSON {
	d := siteJSON{Function: orNull(s.Function, s.Function != ""), File: s.File, Line: s.Line, How: s.How}
	d.Raw = latin1(d.Function, &d.File, &d.How)
	return d
}
