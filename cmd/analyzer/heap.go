package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"memtrail/analysis/heap"
	"memtrail/dump"
	"memtrail/internal/atomicfile"
	"memtrail/report"
)

// heapFlags are the flags of heap.
type heapFlags struct {
	display displayFlags
	php     string
	picture string // file of --png; "" for none
	maps    string // file; "" for none
}

func (a *app) heapCommand() *cobra.Command {
	var h heapFlags
	cmd := &cobra.Command{
		Use:   "heap DUMP",
		Short: "Draw a map of PHP's heap: its chunks, pages and fragmentation",
		Long: `Draw a map of the chunks of 2 MiB and the huge blocks that PHP's allocator has
mapped, as far as the addresses in a dump show them.

Objects, the elements of arrays, references and variables have a place. Strings
have none in a dump, and arrays of nothing but objects hide theirs: a page where
nothing is known is free, or holds those. Save /proc/PID/maps while the process
lives; with it, --maps tells the stack and libraries from the heap.

Of a process (pid:PID), a core or a captured dump nothing is inferred: the map
has free blocks by size, free pages, who has each page, and what keeps nearly
empty chunks from the system.`,
		Example: `  analyzer heap dump.json
  analyzer heap dump.json --png heap.png
  analyzer heap pid:4242 --png heap.png
  analyzer heap dump.json --maps maps.txt --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.heap(args[0], &h)
		},
	}
	h.display.addLimit(cmd, 40, "chunks, by address")
	f := cmd.Flags()
	f.StringVar(&h.picture, "png", "", "draw all chunks into this `FILE` as well; - draws on standard output and prints the map on standard error or into the file of --output")
	f.StringVar(&h.maps, "maps", "", "`FILE` with the process's mappings, a saved /proc/PID/maps")
	addPHP(cmd, &h.php)
	return cmd
}

func (a *app) heap(name string, h *heapFlags) error {
	page, err := h.display.options(a)
	if err != nil {
		return err
	}
	options := heap.HeapOptions{Limit: h.display.limit}
	if options.PHP, err = parsePHP(h.php); err != nil {
		return err
	}
	if err := a.checkPicture(h.picture); err != nil {
		return err
	}
	if options.Maps, err = a.readMaps(h.maps); err != nil {
		return err
	}
	g, info, err := a.graph(name, heap.Need)
	if err != nil {
		return err
	}
	if info.Capture != nil {
		result, err := heap.MapCapture(g, &info, options)
		if err != nil {
			return mapError(err, name, h.maps)
		}
		a.assess(name, &result.Source)
		return printMap(a, result, report.CapturedHeap, report.CapturedHeapPicture, h.picture, page)
	}
	result, err := heap.Map(g, &info, options)
	if err != nil {
		return mapError(err, name, h.maps)
	}
	a.assess(name, &result.Source)
	return printMap(a, result, report.Heap, report.HeapPicture, h.picture, page)
}

// mapError says which file a map could not be drawn of.
func mapError(err error, name, maps string) error {
	if heap.ErrMaps(err) {
		name = maps
	}
	return &inputError{name, err}
}

// printMap draws the picture of a map of either kind, if one is wanted, and
// prints the map.
func printMap[T any](a *app, m T, print func(io.Writer, T, report.Options) error, draw func(io.Writer, T) error, picture string, page report.Options) error {
	if err := a.writePicture(picture, func(w io.Writer) error { return draw(w, m) }); err != nil {
		return err
	}
	out := a.stdout
	if picture == standardOutput && out == a.console {
		out = a.stderr
	}
	return print(out, m, page)
}

// readMaps reads the list of mappings, if there is one.
func (a *app) readMaps(path string) (dump.Regions, error) {
	if path == "" {
		return nil, nil
	}
	if err := a.reads(path); err != nil {
		return nil, err
	}
	text, err := readSmall(path, maxMaps, "list of mappings")
	if err != nil {
		return nil, err
	}
	rs, err := dump.ParseMaps(bytes.NewReader(text))
	if err != nil {
		return nil, &inputError{path, err}
	}
	return rs, nil
}

// checkPicture sees, before a dump is read, whether a picture can be written.
func (a *app) checkPicture(path string) error {
	switch {
	case path == "":
		return nil
	case path != standardOutput:
		return a.writes("png", path)
	case isTerminal(a.console):
		return &usageError{"--png - draws on standard output, which is a terminal: send it to a file or a pipe"}
	}
	return nil
}

// writePicture draws into a file, or to standard output; "" for no picture.
func (a *app) writePicture(path string, draw func(io.Writer) error) error {
	switch path {
	case "":
		return nil
	case standardOutput:
		out := bufio.NewWriter(a.console)
		return errors.Join(draw(out), out.Flush())
	}
	return atomicfile.Write(path, atomicfile.Shared, draw)
}
