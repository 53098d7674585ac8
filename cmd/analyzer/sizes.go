package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/zend"
)

// itemSorts are the orders of items.
var itemSorts = []string{"children", "size", "allocated", "retained"}

// sizeBases are what sizes can be counted in.
var sizeBases = []string{"reported", "allocated"}

// sizeFlags are the flags that say which sizes are wanted.
type sizeFlags struct {
	basis    string // one of sizeBases; "" for what the command prints without
	php      string
	retained bool
	version  zend.Version // of php
}

// add adds the flags of commands that print the dump's own sizes without them.
func (s *sizeFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.basis, "sizes", "", "allocated: add what PHP's allocator spent; reported: count retained sizes in the dump's own")
	f.BoolVar(&s.retained, "retained", false, "add what the items keep alive: what would be freed with them")
	addPHP(cmd, &s.php)
}

// addRetained adds the flags of commands that are about what is retained.
func (s *sizeFlags) addRetained(cmd *cobra.Command) {
	s.retained = true
	cmd.Flags().StringVar(&s.basis, "sizes", "allocated", "allocated: count what PHP's allocator spent; reported: the dump's own sizes")
	addPHP(cmd, &s.php)
}

// addPHP adds --php.
func addPHP(cmd *cobra.Command, version *string) {
	cmd.Flags().StringVar(version, "php", "auto", "PHP version that wrote the dump, 7.4 to 8.4; auto infers it")
}

// parsePHP reads --php.
func parsePHP(text string) (zend.Version, error) {
	v, err := zend.ParseVersion(text)
	if err != nil {
		return v, &usageError{fmt.Sprintf("--php takes %s, not %q", enumerate(phpNames()), text)}
	}
	return v, nil
}

// check reads the flags; sort is the order asked for. An order by sizes implies
// them.
func (s *sizeFlags) check(sort string) error {
	if s.basis != "" {
		if err := oneOf("sizes", s.basis, sizeBases); err != nil {
			return err
		}
	}
	var err error
	if s.version, err = parsePHP(s.php); err != nil {
		return err
	}
	switch sort {
	case "retained":
		s.retained = true
	case "allocated":
		if s.basis == "reported" && !s.retained {
			return &usageError{"--sort allocated goes with --sizes allocated"}
		}
		if !s.wanted() {
			s.basis = "allocated"
		}
	}
	return nil
}

// allocated reports whether allocated sizes are asked for.
func (s *sizeFlags) allocated() bool { return s.basis == "allocated" }

// reported reports whether sizes are to be counted in the dump's own.
func (s *sizeFlags) reported() bool { return s.basis == "reported" }

// wanted reports whether any size beside the reported one is.
func (s *sizeFlags) wanted() bool { return s.allocated() || s.retained }

// retention reads a dump into a graph and computes its sizes.
// Beside is what is computed of them.
func (a *app) retention(path string, s *sizeFlags, beside ...graph.Need) (*retain.Retention, error) {
	g, info, err := a.graph(path, append(beside, s.options().Need())...)
	if err != nil {
		return nil, err
	}
	if d := a.kept.get(path); d != nil {
		if err := a.roomBeside(d, append(beside, s.options().Need())); err != nil {
			return nil, &inputError{path, err}
		}
		return d.retention(s.options()), nil
	}
	return retain.Retain(g, &info, s.options()), nil
}

func (s *sizeFlags) options() retain.RetentionOptions {
	return retain.RetentionOptions{
		PHP: s.version, Allocated: s.allocated(), Retained: s.retained, Reported: s.reported(),
	}
}
