package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

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

// readScalar reads a scalar, if it was given.
func readScalar[T any](s scalar, key string, value *T, parse func(string) (T, error)) error {
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

// parseKeys reads the YAML, and nothing of what it means.
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
