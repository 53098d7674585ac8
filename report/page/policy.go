package page

import (
	"crypto/sha256"
	_ "embed" // the script and the style
	"encoding/base64"

	g "maragu.dev/gomponents"
)

//go:embed app.js
var script string

//go:embed app.css
var style string

// policy allows the script and the style of the page, by their hashes, and
// pictures that it holds itself. It has no unsafe-* and no host.
var policy = "default-src 'none'; script-src " + hashOf(script) + "; style-src " + hashOf(style) +
	"; img-src data:; base-uri 'none'; form-action 'none'"

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// The elements are written as they are: their content is not text, and the hashes
// are of each byte of it.
var (
	scriptText    = "<script>" + script + "</script>"
	scriptElement = g.Raw(scriptText)
	styleText     = "<style>" + style + "</style>"
	styleElement  = g.Raw(styleText)
	policyElement = g.Raw(`<meta http-equiv="Content-Security-Policy" content="` + policy + `">`)
)
