package main

import (
	"errors"
	"fmt"
	"strings"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
)

// The keys of a configuration file.
type configKeys struct {
	MinGrowth    minGrowthKeys  `yaml:"min_growth"`
	Unexplained  scalar         `yaml:"max_unexplained_growth"`
	MemoryLimit  scalar         `yaml:"memory_limit"`
	Baseline     scalar         `yaml:"baseline"`
	Suppressions scalar         `yaml:"suppressions"`
	Allow        []scalar       `yaml:"allow"`
	Rules        []*configRules `yaml:"rules"`
}

type minGrowthKeys struct {
	Count   scalar `yaml:"count"`
	Objects scalar `yaml:"objects"` // what count was called
	Bytes   scalar `yaml:"bytes"`
}

type configRules struct {
	Path      scalar        `yaml:"path"`
	Class     scalar        `yaml:"class"`
	MinGrowth minGrowthKeys `yaml:"min_growth"`
	Allow     choice        `yaml:"allow"`
	Reason    scalar        `yaml:"reason"`
}

// parseConfig reads what stands in a configuration file.
func parseConfig(text []byte) (*config, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	c := newConfig()
	c.baseline, c.suppressions = keys.Baseline.text, keys.Suppressions.text
	if err := keys.limits(c); err != nil {
		return nil, err
	}
	if keys.Allow != nil {
		if c.allow, err = keys.shipped(); err != nil {
			return nil, err
		}
	}
	for i, k := range keys.Rules {
		if k == nil {
			return nil, fmt.Errorf("rule %d is empty", i+1)
		}
		r, err := k.rule(i + 1)
		if err != nil {
			return nil, err
		}
		c.limits.Rules = append(c.limits.Rules, r)
	}
	return c, nil
}

// limits reads how much may grow.
func (k *configKeys) limits(c *config) error {
	l := &c.limits
	l.Explicit = k.MinGrowth.given()
	least := growth.Rate{Count: l.MinCount, Bytes: l.MinBytes}
	if err := k.MinGrowth.read(&least); err != nil {
		return err
	}
	l.MinCount, l.MinBytes = least.Count, least.Bytes
	if err := readScalar(k.Unexplained, "max_unexplained_growth", &l.MaxUnexplained, parseUnexplained); err != nil {
		return err
	}
	return readScalar(k.MemoryLimit, "memory_limit", &c.memoryLimit, parseMemoryLimit)
}

// shipped reads which of the shipped rules apply.
func (k *configKeys) shipped() ([]string, error) {
	var names []string
	for _, name := range k.Allow {
		if _, err := shippedRules(name.text); err != nil {
			return nil, &lineError{name.line, "allow: " + err.Error()}
		}
		names = append(names, name.text)
	}
	return names, nil
}

// given reports whether any limit is.
func (k *minGrowthKeys) given() bool {
	return k.Count.line > 0 || k.Objects.line > 0 || k.Bytes.line > 0
}

// read sets the limits that are given.
func (k *minGrowthKeys) read(to *growth.Rate) error {
	if k.Count.line > 0 && k.Objects.line > 0 {
		return &lineError{k.Objects.line, "min_growth: objects is an older name of count: give one of them"}
	}
	if err := readScalar(k.Objects, "min_growth: objects", &to.Count, parseAmount); err != nil {
		return err
	}
	if err := readScalar(k.Count, "min_growth: count", &to.Count, parseAmount); err != nil {
		return err
	}
	return readScalar(k.Bytes, "min_growth: bytes", &to.Bytes, parseBytes)
}

// rule makes a rule of what a file says of it.
func (k *configRules) rule(n int) (gate.Rule, error) {
	r := gate.Rule{Path: paths.Glob(k.Path.text), Class: paths.Glob(k.Class.text), Allow: bool(k.Allow), Reason: k.Reason.text}
	line := max(k.Path.line, k.Class.line)
	wrong := func(format string, args ...any) (gate.Rule, error) {
		text := fmt.Sprintf("rule %d %s", n, fmt.Sprintf(format, args...))
		if line == 0 {
			return r, errors.New(text)
		}
		return r, &lineError{line, text}
	}
	switch {
	case r.Path == "" && r.Class == "":
		return wrong("names neither a path nor a class")
	case r.Allow && strings.TrimSpace(r.Reason) == "":
		return wrong("allows without a reason")
	case r.Allow && k.MinGrowth.given():
		return wrong("has allow and min_growth; allow lets pass however much grows")
	}
	if k.MinGrowth.given() {
		// What is not limited may grow.
		r.Min = &growth.Rate{Count: gate.Unlimited, Bytes: gate.Unlimited}
		if err := k.MinGrowth.read(r.Min); err != nil {
			return r, err
		}
		if r.Reason == "" {
			r.Reason = fmt.Sprintf("within the limits of rule %d of the configuration", n)
		}
	}
	return r, nil
}
