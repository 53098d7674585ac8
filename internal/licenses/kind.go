package main

import (
	"regexp"
	"strings"
)

// Sentences that a license of a kind has, in lower case and with single blanks.
var permissive = []struct {
	kind      string
	sentences []string
}{
	{"Apache-2.0", []string{"apache license version 2.0", "grant of copyright license", "grant of patent license"}},
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy of this software"}},
	{"BSD", []string{"redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"}},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}},
	{"CC0-1.0", []string{"creative commons legal code", "cc0 1.0 universal"}},
}

// Names of licenses that ask for the source of a whole, or of changes, or that
// forbid uses, in lower case.
var demands = []string{
	"general public license", "mozilla public license", "eclipse public license", "common development and distribution license",
	"european union public licen", "open software license", "sharealike", "share-alike", "server side public license",
	"business source license", "attribution-noncommercial", "for noncommercial", "non-commercial use only", "non-commercial purposes only", "commons clause", "advertising materials",
}

var blanks = regexp.MustCompile(`[\s*#/>]+`)

func folded(text []byte) string {
	return strings.TrimSpace(blanks.ReplaceAllString(strings.ToLower(string(text)), " "))
}

// demanding reports whether a text names a license that is not permissive.
func demanding(text []byte) bool {
	words := folded(text)
	for _, name := range demands {
		if strings.Contains(words, name) {
			return true
		}
	}
	return false
}

// kindOf tells which permissive licenses a text has; "" if it has none, or one
// that is not permissive besides. A person looks at what it does not know.
func kindOf(text []byte) string {
	if demanding(text) {
		return ""
	}
	words := folded(text)
	var kinds []string
next:
	for _, p := range permissive {
		for _, sentence := range p.sentences {
			if !strings.Contains(words, sentence) {
				continue next
			}
		}
		kinds = append(kinds, p.kind)
	}
	return strings.Join(kinds, " and ")
}
