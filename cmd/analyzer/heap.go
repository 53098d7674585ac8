package main

import (
	"bufio"
	"errors"
	"io"
	"memtrail/analysis/heap"
	"memtrail/dump"
	"memtrail/internal/atomicfile"
	"memtrail/report"
	"memtrail/zend"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) heapCommand() *cobra.Command {
	var (
		php, picture, maps string
		limit              int
	)
	cmd := &cobra.Command{
		Use:   "heap DUMP",
		Short: "Draw a map of PHP's heap: its chunks, what lies in their pages, fragmentation",
		Long: `Draw a map of the chunks of 2 MiB and the huge blocks that PHP's allocator has mapped, as far
as the addresses in a dump show them.

Objects, the elements of arrays, references and variables have a place. Strings have none in
a dump, and arrays of nothing but objects hide theirs: a page where nothing is known is free,
or theirs. Save /proc/PID/maps while the process lives, and --maps tells its stack and
libraries from its heap.

Of a process (pid:PID), a core or a captured dump nothing is inferred: free blocks by size, free
pages, who has each page, and what keeps nearly empty chunks from the system.`,
		Example: `  analyzer heap dump.json
  analyzer heap dump.json --png heap.png
  analyzer heap pid:4242 --png heap.png
  analyzer heap dump.json --maps maps.txt --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			if picture == standardOutput && isTerminal(a.console) {
				return &usageError{"--png - draws on standard output, which is a terminal: send it to a file or a pipe"}
			}
			options := heap.HeapOptions{Limit: limit}
			if options.PHP, err = zend.ParseVersion(php); err != nil {
				return &usageError{err.Error()}
			}
			if picture != "" && picture != standardOutput {
				if err := a.writes("png", picture); err != nil {
					return err
				}
			}
			if options.Maps, err = a.readMaps(maps); err != nil {
				return err
			}
			g, info, err := a.graph(args[0])
			if err != nil {
				return err
			}
			if info.Capture != nil {
				h, err := heap.MapCapture(g, &info, options)
				if err != nil {
					return mapError(err, args[0], maps)
				}
				a.assess(args[0], &h.Source)
				return printMap(a, h, report.CapturedHeap, report.CapturedHeapPicture, picture, o)
			}
			h, err := heap.Map(g, &info, options)
			if err != nil {
				return mapError(err, args[0], maps)
			}
			a.assess(args[0], &h.Source)
			return printMap(a, h, report.Heap, report.HeapPicture, picture, o)
		},
	}
	f := cmd.Flags()
	f.IntVarP(&limit, "limit", "l", 40, "number of chunks, by address; 0 for all")
	f.StringVar(&picture, "png", "", "draw all chunks into this file, too; - for standard output, and the rest goes to standard error or the file of --output")
	f.StringVar(&maps, "maps", "", "the process's mappings, a saved /proc/PID/maps")
	f.StringVar(&php, "php", "auto", "PHP version that wrote the dump, 7.4 to 8.4")
	return cmd
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
func printMap[T any](a *app, h T, page func(io.Writer, T, report.Options) error, draw func(io.Writer, T) error, picture string, o report.Options) error {
	if picture != "" {
		if err := a.writePicture(picture, func(w io.Writer) error { return draw(w, h) }); err != nil {
			return err
		}
	}
	out := a.stdout
	if picture == standardOutput && a.stdout == a.console {
		out = a.stderr
	}
	return page(out, h, o)
}

// width is that of the terminal, 0 where there is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// readMaps reads the list of mappings, if there is one.
func (a *app) readMaps(path string) (dump.Regions, error) {
	if path == "" {
		return nil, nil
	}
	if err := a.reads(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &inputError{path, err}
	}
	defer f.Close()
	rs, err := dump.ParseMaps(f)
	if err != nil {
		return nil, &inputError{path, err}
	}
	return rs, nil
}

// writePicture draws into a file, or to standard output.
func (a *app) writePicture(path string, draw func(io.Writer) error) error {
	if path == standardOutput {
		out := bufio.NewWriter(a.console)
		return errors.Join(draw(out), out.Flush())
	}
	return atomicfile.Write(path, atomicfile.Shared, draw)
}
