package main

import (
	"fmt"

	"memtrail/analysis"
)

// assess warns of what in a dump makes the answer incomplete, a sentence each:
// what is wrong with which file, where, and what to do.
func (a *app) assess(name string, s *analysis.Source) {
	if name == "-" {
		name = "standard input"
	}
	name = oneLine(name)
	if s.Verdict() != analysis.Sound {
		a.incomplete = true
	}
	changed := false
	for i := range s.Defects {
		changed = changed || s.Defects[i].Kind == "changed"
	}
	items := count(s.Items, "item")
	switch {
	case changed:
		a.warn("%s: %s; the answer rests on %s, up to byte %d, and may mix two dumps; read it again when nothing writes to it", name, s.Fault, items, s.EndsAt)
	case s.Fault != "" && s.Complete:
		a.warn("%s: %s, behind the dump's end at byte %d: what was read need not be what was written; %s", name, s.Fault, s.EndsAt, again)
	case s.Fault != "":
		a.warn("%s: %s, at byte %d; the answer rests on the %s before it; %s", name, s.Fault, s.EndsAt, items, again)
	case !s.Complete:
		a.warn("%s ends at byte %d, inside its list of items; the answer rests on the %s that are complete", name, s.EndsAt, items)
	}
	if c := s.Capture; c != nil && !c.Balanced {
		a.warn("%s: the allocated blocks and the bytes that PHP counts differ by %+d bytes: the memory was read in the middle of a change, or is damaged; capture again", name, c.Off)
	}
	for i := range s.Defects {
		switch d := &s.Defects[i]; {
		case d.Loses:
			if text := loss(d); text != "" {
				a.warn("%s: %s; %s", name, text, again)
			}
		case d.Kind == "dangling_child" && s.Complete:
			a.warn("%s: %s to ids that the dump does not have", name, count(d.Count, "reference"))
		}
	}
}

// again is what to do about a damaged file.
const again = "copy the file again, or take the dump again"

// loss says what is lost by a defect, and where; "" where assess says so of the
// whole dump.
func loss(d *analysis.Defect) string {
	switch d.Kind {
	case "changed", "read_error", "truncated":
		return ""
	case "bad_head":
		return fmt.Sprintf("the head of the dump is damaged, at byte %d: the header, or items before the first that was found, may be missing", d.First)
	case "items_behind":
		return fmt.Sprintf("items stand behind the end of the dump, at byte %d, and are not read: a stray brace ended it, or the file holds two dumps", d.First)
	case "malformed_item":
		return fmt.Sprintf("%s could not be made sense of and %s left out, the first at byte %d", count(d.Count, "item"), was(d.Count), d.First)
	case "oversized_name":
		return fmt.Sprintf("%s too long to be held %s left out, the first in the item at byte %d", count(d.Count, "name"), was(d.Count), d.First)
	case "bad_child":
		return fmt.Sprintf("%s without an id %s left out, the first in the item at byte %d", count(d.Count, "child"), was(d.Count), d.First)
	case "stray_children":
		return fmt.Sprintf("%s of references that %s not called children %s left out, the first in the item at byte %d", count(d.Count, "list"), was(d.Count), was(d.Count), d.First)
	case "missing_root":
		return fmt.Sprintf("%s with a frame, but without is_root, %s taken for no root, the first at byte %d", count(d.Count, "item"), was(d.Count), d.First)
	case "duplicate_id":
		return fmt.Sprintf("%s the id of another: php-meminfo writes an id once, so the file is damaged, or written by two processes", count(d.Count, "item")+" "+have(d.Count))
	case "orphan_item":
		return fmt.Sprintf("%s held by nothing in the dump: php-meminfo writes what it has named, so part of the file is lost or altered", count(d.Count, "item")+" "+is(d.Count))
	case "dangling_child":
		return fmt.Sprintf("%s to ids that the dump does not have: php-meminfo writes all that it names, so part of the file is lost or altered", count(d.Count, "reference"))
	}
	return fmt.Sprintf("%s: %d", d.Kind, d.Count)
}
