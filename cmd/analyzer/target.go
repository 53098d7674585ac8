package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"memtrail/analysis/paths"
)

// A target is the item that a command is about: an id or an expression.

// strippedExpression is what a shell leaves of an expression when it takes $name for a
// variable of its own. Without quotes it also takes > for a redirection.
var strippedExpression = regexp.MustCompile(`^\s*(-?$|->|~>|\?->|\[)|^[^$"'\[]*(::\s*($|->|~>|\[)|\(\)\s+(->|~>|\[))`)

// isExpression reports whether an argument can only be an expression.
func isExpression(arg string) bool { return paths.LooksLikeExpression(arg) && !exists(arg) }

// targetAndPath tells which of two arguments is the target.
func targetAndPath(x, y string) (target, path string, err error) {
	xID, xBare := paths.LooksLikeID(x)
	yID, yBare := paths.LooksLikeID(y)
	switch {
	case xID:
		return x, y, nil
	case yID:
		return y, x, nil
	case isExpression(x):
		target, path = x, y
	case isExpression(y):
		target, path = y, x
	case xBare && !exists(x):
		return x, y, nil
	case yBare && !exists(y):
		return y, x, nil
	case exists(x) && !exists(y):
		target, path = y, x
	case exists(y) || y == "-":
		target, path = x, y
	default:
		return "", "", &usageError{fmt.Sprintf("neither %q nor %q is an id like 0x7f29344c0758, an expression like '$app->cache', or a file; usage: analyzer ref-path ID|EXPRESSION DUMP", x, y)}
	}
	return target, path, checkTarget(target)
}

// checkTarget sees whether a target is what a shell leaves of an expression.
func checkTarget(target string) error {
	if !strippedExpression.MatchString(target) {
		return nil
	}
	return &usageError{fmt.Sprintf("%q is no whole expression: the shell has replaced its $name; quote the expression: '$app->cache'", target)}
}

// targetFlagError is for what a shell leaves of an expression that looks like
// a flag.
func targetFlagError(cmd *cobra.Command, err error) error {
	var unknown interface{ GetSpecifiedShortnames() string }
	if errors.As(err, &unknown) && strings.HasPrefix(unknown.GetSpecifiedShortnames(), ">") {
		return checkTarget("-" + unknown.GetSpecifiedShortnames())
	}
	return cmd.Parent().FlagErrorFunc()(cmd, err)
}

// targetError tells a mistake in a target from one in the input.
func targetError(path string, err error) error {
	if e, ok := errors.AsType[*paths.ExpressionError](err); ok {
		return &usageError{e.Error()}
	}
	return &inputError{path, err}
}

// targetArgs is exactArgs for a target and a dump. A target that is missing
// may have been a variable of the shell.
func targetArgs(cmd *cobra.Command, args []string) error {
	err := exactArgs("ID|EXPRESSION", "DUMP")(cmd, args)
	if len(args) == 1 && exists(args[0]) {
		return &usageError{fmt.Sprintf("%s needs ID|EXPRESSION besides %s; if there was one, the shell has replaced it: quote it, as in '$app->cache'", cmd.Name(), args[0])}
	}
	return err
}
