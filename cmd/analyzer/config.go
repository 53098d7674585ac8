package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// configFile is read from the working directory if it is there.
const configFile = ".analyzer.yml"

// configHelp is what commands that read a configuration say about --config.
const configHelp = "configuration, " + configFile + " unless given"

// maxConfig is how large a configuration may be, in bytes: the parser descends
// as deep as what it reads is nested.
const maxConfig = 32 << 10

// A config is what a configuration file says of growth, and of a gate.
type config struct {
	limits      gate.Limits // with the user's own rules only
	allow       []string    // names of shipped rules
	memoryLimit uint64      // bytes; 0: none
	baseline    string      // path; "" if it names none
}

// newConfig is what applies without a configuration.
func newConfig() *config {
	return &config{limits: gate.DefaultLimits(), allow: []string{"phpunit"}}
}

// The keys of a configuration file.
type configKeys struct {
	MinGrowth   minGrowthKeys  `yaml:"min_growth"`
	Unexplained scalar         `yaml:"max_unexplained_growth"`
	MemoryLimit scalar         `yaml:"memory_limit"`
	Baseline    scalar         `yaml:"baseline"`
	Allow       []scalar       `yaml:"allow"`
	Rules       []*configRules `yaml:"rules"`
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

// A scalar is a value as it is written, and where.
type scalar struct {
	text string
	line int // 0: not given
}

// UnmarshalYAML takes any value that is no list and no map.
func (s *scalar) UnmarshalYAML(n ast.Node) error {
	token := n.GetToken()
	switch n := n.(type) {
	case *ast.StringNode:
		s.text = n.Value
	case *ast.LiteralNode:
		s.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode:
		s.text = token.Value
	default:
		return &lineError{token.Position.Line, fmt.Sprintf("%q is no text and no number", token.Value)}
	}
	s.line = token.Position.Line
	return nil
}

// A choice is true or false.
type choice bool

// UnmarshalYAML takes what YAML calls a boolean, and says so of anything else.
func (c *choice) UnmarshalYAML(n ast.Node) error {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		token := n.GetToken()
		return &lineError{token.Position.Line, fmt.Sprintf("%q is neither true nor false", token.Value)}
	}
	*c = choice(b.Value)
	return nil
}

// lineError is a mistake in a configuration.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

// number reads a scalar, if it was given.
func number[T any](s scalar, key string, value *T, parse func(string) (T, error)) error {
	if s.line == 0 {
		return nil
	}
	v, err := parse(s.text)
	if err != nil {
		return &lineError{s.line, key + ": " + err.Error()}
	}
	*value = v
	return nil
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
	if c.baseline != "" && !filepath.IsAbs(c.baseline) {
		c.baseline = filepath.Join(filepath.Dir(path), c.baseline)
	}
	return c, nil
}

// parseConfig reads what stands in a configuration file.
func parseConfig(text []byte) (*config, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, err
	}
	c := newConfig()
	c.baseline = keys.Baseline.text
	l := &c.limits
	l.Explicit = keys.MinGrowth.given()
	least := growth.Rate{Count: l.MinCount, Bytes: l.MinBytes}
	if err := keys.MinGrowth.read(&least); err != nil {
		return nil, err
	}
	l.MinCount, l.MinBytes = least.Count, least.Bytes
	if err := number(keys.Unexplained, "max_unexplained_growth", &l.MaxUnexplained, parseUnexplained); err != nil {
		return nil, err
	}
	if err := number(keys.MemoryLimit, "memory_limit", &c.memoryLimit, parseMemoryLimit); err != nil {
		return nil, err
	}
	if keys.Allow != nil {
		c.allow = nil
		for _, name := range keys.Allow {
			if _, err := shippedRules(name.text); err != nil {
				return nil, &lineError{name.line, "allow: " + err.Error()}
			}
			c.allow = append(c.allow, name.text)
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
		l.Rules = append(l.Rules, r)
	}
	return c, nil
}

func parseKeys(text []byte) (keys configKeys, err error) {
	defer func() {
		// The library does not expect everything: a tag without a value, say.
		if recover() != nil {
			err = errNoYAML
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := decoder.Decode(&keys); err != nil && !errors.Is(err, io.EOF) {
		return keys, yamlError(err)
	}
	if err := decoder.Decode(&configKeys{}); err == nil {
		return keys, errors.New("it has several documents (---), one is read")
	}
	return keys, nil
}

func (k *minGrowthKeys) given() bool {
	return k.Count.line > 0 || k.Objects.line > 0 || k.Bytes.line > 0
}

// read sets the limits that are given.
func (k *minGrowthKeys) read(to *growth.Rate) error {
	if k.Count.line > 0 && k.Objects.line > 0 {
		return &lineError{k.Objects.line, "min_growth: objects is an older name of count: give one of them"}
	}
	if err := number(k.Objects, "min_growth: objects", &to.Count, parseAmount); err != nil {
		return err
	}
	if err := number(k.Count, "min_growth: count", &to.Count, parseAmount); err != nil {
		return err
	}
	return number(k.Bytes, "min_growth: bytes", &to.Bytes, parseBytes)
}

// rule makes a rule of what a file says of it.
func (k *configRules) rule(number int) (gate.Rule, error) {
	r := gate.Rule{Path: paths.Glob(k.Path.text), Class: paths.Glob(k.Class.text), Allow: bool(k.Allow), Reason: k.Reason.text}
	line := max(k.Path.line, k.Class.line)
	wrong := func(format string, args ...any) (gate.Rule, error) {
		text := fmt.Sprintf("rule %d %s", number, fmt.Sprintf(format, args...))
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
			r.Reason = fmt.Sprintf("within the limits of rule %d of the configuration", number)
		}
	}
	return r, nil
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

// yamlError is an error of the YAML library in one line, with its place.
func yamlError(err error) error {
	if e, ok := errors.AsType[*lineError](err); ok {
		return e
	}
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil {
		return errNoYAML
	}
	text := e.GetMessage()
	if e, ok := errors.AsType[*yaml.UnexpectedNodeTypeError](err); ok {
		text = "this is " + kindOfYAML(e.Actual) + ", it must be " + kindOfYAML(e.Expected)
	} else if strings.Contains(text, "unmarshal") {
		text = "a value of the wrong kind"
	}
	return &lineError{e.GetToken().Position.Line, text}
}

var errNoYAML = errors.New("this is no YAML that can be read")

// kindOfYAML says what a value is, without the terms of YAML's authors.
func kindOfYAML(t ast.NodeType) string {
	switch t {
	case ast.SequenceType:
		return "a list"
	case ast.MappingType, ast.MappingValueType:
		return "keys with values"
	}
	return "a single value"
}
