package explore

import "charm.land/lipgloss/v2"

// Styles say how parts of the screen are drawn. Each adds escapes around a text
// and changes nothing of its width.
type Styles struct {
	Title, Tab, Dim, Bar, Selected, Expression, Note func(string) string
}

// Plain has no escapes at all.
func Plain() *Styles {
	as := func(text string) string { return text }
	return &Styles{as, as, as, as, as, as, as}
}

// Coloured is for a terminal: the sixteen colours of its theme, so that it can be
// read on dark and on light.
func Coloured() *Styles {
	style := func(s lipgloss.Style) func(string) string {
		return func(text string) string {
			if text == "" {
				return ""
			}
			return s.Render(text)
		}
	}
	new := lipgloss.NewStyle
	return &Styles{
		Title: style(new().Bold(true)), Tab: style(new().Bold(true).Foreground(lipgloss.Cyan)), Dim: style(new().Faint(true)),
		Bar: style(new().Foreground(lipgloss.Green)), Selected: style(new().Reverse(true)),
		Expression: style(new().Foreground(lipgloss.Cyan)), Note: style(new().Foreground(lipgloss.Yellow)),
	}
}
