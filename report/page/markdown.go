package page

import (
	"bufio"
	"fmt"
	"io"

	"memtrail/report"
)

// markdownTypes are the rows of the table of types in an issue.
const markdownTypes = 12

// Markdown writes what a page says for an issue, in the words of the commands:
// what grows, the suspects, the types, and how sure that is. The map is in no
// text.
func Markdown(w io.Writer, p *Page) error {
	p = prepared(p)
	o := report.Options{Format: report.Markdown}
	out := bufio.NewWriter(w)
	between := func() { fmt.Fprint(out, "\n---\n\n") }
	if p.Growth != nil {
		if err := report.Growth(out, p.Growth, p.Name, o); err != nil {
			return err
		}
		between()
	}
	if err := report.Leaks(out, p.Overview.Leaks, p.Name, o); err != nil {
		return err
	}
	between()
	types := *p.Overview.Types
	if n := len(types.Groups) - markdownTypes; n > 0 {
		types.Groups, types.Cut = types.Groups[:markdownTypes], types.Cut+n
	}
	if err := report.Summary(out, &types, o); err != nil {
		return err
	}
	between()
	if err := report.Check(out, p.Overview.Check, o); err != nil {
		return err
	}
	return out.Flush()
}
