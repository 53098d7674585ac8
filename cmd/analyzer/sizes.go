package main

import (
	"memtrail/analysis/retain"
	"memtrail/zend"

	"github.com/spf13/cobra"
)

// itemSorts are the orders of items.
var itemSorts = []string{"children", "size", "allocated", "retained"}

// sizeFlags are the flags that say which sizes are wanted.
type sizeFlags struct {
	sizes    string
	php      string
	retained bool
	version  zend.Version // of php
}

func (s *sizeFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.sizes, "sizes", "", "allocated: add what PHP's allocator spent; reported: count retained sizes in the dump's own")
	f.BoolVar(&s.retained, "retained", false, "add what the items keep alive: what would be freed with them")
	f.StringVar(&s.php, "php", "auto", "PHP version that wrote the dump, 7.4 to 8.4, for allocated sizes")
}

// check reads the flags; sort is the order asked for. An order by sizes implies
// them.
func (s *sizeFlags) check(sort string) error {
	if s.sizes != "" {
		if err := oneOf("sizes", s.sizes, []string{"reported", "allocated"}); err != nil {
			return err
		}
	}
	var err error
	if s.version, err = zend.ParseVersion(s.php); err != nil {
		return &usageError{err.Error()}
	}
	switch sort {
	case "retained":
		s.retained = true
	case "allocated":
		if s.sizes == "reported" && !s.retained {
			return &usageError{"--sort allocated goes with --sizes allocated"}
		}
		if !s.wanted() {
			s.sizes = "allocated"
		}
	}
	return nil
}

// allocated reports whether allocated sizes are asked for.
func (s *sizeFlags) allocated() bool { return s.sizes == "allocated" }

// wanted reports whether any size beside the reported one is.
func (s *sizeFlags) wanted() bool { return s.allocated() || s.retained }

// retention reads a dump into a graph and computes its sizes.
func (a *app) retention(path string, s *sizeFlags) (*retain.Retention, error) {
	g, info, err := a.graph(path)
	if err != nil {
		return nil, err
	}
	return retain.Retain(g, &info, s.options()), nil
}

func (s *sizeFlags) options() retain.RetentionOptions {
	return retain.RetentionOptions{
		PHP: s.version, Allocated: s.allocated(), Retained: s.retained, Reported: s.sizes == "reported",
	}
}
