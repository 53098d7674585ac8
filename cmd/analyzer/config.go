package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"memtrail/analysis/gate"
)

// configFile is read from the working directory if it is there.
const configFile = ".analyzer.yml"

// configHelp is what commands that read a configuration say about --config.
const configHelp = "configuration `FILE` (default: " + configFile + ", if it is there)"

// A config is what a configuration file says of growth, and of a gate.
type config struct {
	limits      gate.Limits // with the user's own rules only
	allow       []string    // names of shipped rules
	memoryLimit uint64      // bytes; 0: none
	baseline    string      // path; "" if it names none
	// suppressions is the path of a file of rules for blocks without an owner; ""
	// if it names none. They are in limits once they are read.
	suppressions string
}

// newConfig is what applies without a configuration.
func newConfig() *config {
	return &config{limits: gate.DefaultLimits(), allow: []string{"phpunit"}}
}

// config reads the configuration at path; "" for the usual one.
func (a *app) config(path string) (*config, error) {
	if err := a.reads(cmp.Or(path, configFile)); err != nil {
		return nil, err
	}
	return readConfig(path)
}

// readConfig reads a configuration; without a path that of the working
// directory, if there is one.
func readConfig(path string) (*config, error) {
	explicit := path != ""
	if !explicit {
		path = configFile
	}
	text, err := readSmall(path, maxConfig, "configuration")
	if !explicit && errors.Is(err, fs.ErrNotExist) {
		return newConfig(), nil
	}
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(text)
	if err != nil {
		return nil, &inputError{path, err}
	}
	for _, name := range []*string{&c.baseline, &c.suppressions} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(path), *name)
		}
	}
	return c, nil
}

// shippedRules are the rules that come with the program, by name.
func shippedRules(name string) ([]gate.Rule, error) {
	switch name {
	case "phpunit":
		return gate.PHPUnitRules(), nil
	case "none":
		return nil, nil
	}
	return nil, fmt.Errorf("there are no rules called %q, only phpunit and none", name)
}
