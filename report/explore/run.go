package explore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"memtrail/analysis/browse"
)

// Options say where the explorer runs.
type Options struct {
	In    io.Reader // nil for the terminal of the process, also where its standard input is none
	Out   io.Writer // a terminal
	Color bool
}

// Run shows the explorer until the user leaves, and leaves the terminal as it was.
// The browser is asked by one goroutine at a time. The error is that of the
// terminal.
func Run(ctx context.Context, m *Model, b *browse.Browser, o Options) error {
	p := &program{model: m, browser: b, styles: Plain()}
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithOutput(o.Out)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if o.Color {
		p.styles = Coloured()
	} else {
		options = append(options, tea.WithColorProfile(colorprofile.Ascii))
	}
	_, err := tea.NewProgram(p, options...).Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil // the user asked for it
	}
	return err
}

// program is a Model as package tea wants it.
type program struct {
	model   *Model
	browser *browse.Browser
	styles  *Styles
	asking  sync.Mutex // the browser is not for several goroutines at once
}

// Init implements tea.Model.
func (p *program) Init() tea.Cmd { return tea.Batch(p.inBackground(p.model.Init())...) }

// Update implements tea.Model.
func (p *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	asks := p.take(msg)
	switch {
	case p.model.quit:
		return p, tea.Quit
	case p.model.suspend:
		return p, tea.Suspend
	case p.model.clipboard != "":
		return p, tea.SetClipboard(p.model.clipboard)
	}
	return p, tea.Batch(p.ask(asks)...)
}

// patience is how long a key waits for its answer. Most come within it: then
// nothing flickers, and the next key that was typed already meets what this one
// has brought. What takes longer comes later, and keys go on meanwhile.
const patience = 30 * time.Millisecond

// ask asks, and gives what is to be waited for.
func (p *program) ask(asks []Ask) []tea.Cmd {
	deadline := time.After(patience)
	for len(asks) > 0 {
		answer := p.begin(asks[0])
		select {
		case a := <-answer:
			asks = append(p.take(a), asks[1:]...)
		case <-deadline:
			return append(p.inBackground(asks[1:]), func() tea.Msg { return <-answer })
		}
	}
	return nil
}

// begin asks the browser, one question at a time.
func (p *program) begin(ask Ask) <-chan tea.Msg {
	answer := make(chan tea.Msg, 1)
	go func() {
		p.asking.Lock()
		defer p.asking.Unlock()
		defer func() {
			if reason := recover(); reason != nil {
				answer <- failure{reason, debug.Stack()}
			}
		}()
		answer <- ask(p.browser)
	}()
	return answer
}

// failure is a panic of a question. Package tea restores the terminal after one
// only if it happens in its own goroutine.
type failure struct {
	reason any
	stack  []byte
}

// take gives a message to the model.
func (p *program) take(msg tea.Msg) []Ask {
	if f, ok := msg.(failure); ok {
		panic(fmt.Sprintf("%v\n%s", f.reason, f.stack))
	}
	return p.model.Update(msg)
}

func (p *program) inBackground(asks []Ask) []tea.Cmd {
	list := make([]tea.Cmd, len(asks))
	for i, ask := range asks {
		list[i] = func() tea.Msg { return <-p.begin(ask) }
	}
	return list
}

// View implements tea.Model.
func (p *program) View() tea.View {
	v := tea.NewView(p.model.View(p.styles))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	if column, row, ok := p.model.Cursor(); ok {
		v.Cursor = tea.NewCursor(column, row)
	}
	return v
}
