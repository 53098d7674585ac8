package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestKindOf(t *testing.T) {
	const (
		mit = "Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software and …"
		bsd = "> Redistribution and use in source and binary forms, with or without\n> modification, are permitted provided that the following conditions\n> are met:"
	)
	tests := []struct{ name, text, want string }{
		{"MIT", "Copyright (c) 2020 A\n\n" + mit, "MIT"},
		{"BSD, quoted", bsd, "BSD"},
		{"in a comment", "// " + strings.ReplaceAll(mit, "\n", "\n// "), "MIT"},
		{"two", mit + "\n\nParts:\n" + bsd, "MIT and BSD"},
		{"Unlicense", "This is free and unencumbered software released into the public domain.\n… commercial or non-commercial …", "Unlicense"},
		{"GPL", "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", ""},
		{"LGPL", "GNU LESSER GENERAL\n   PUBLIC LICENSE", ""},
		{"AGPL besides MIT", mit + "\n\nFiles in x/ are under the GNU Affero General Public License.", ""},
		{"MPL", "Mozilla Public License Version 2.0", ""},
		{"old BSD", bsd + "\n3. All advertising materials mentioning features …", ""},
		{"unknown", "You may use this on Tuesdays.", ""},
		{"Apache in name only", "Apache License\nVersion 2.0", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if got := kindOf([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestRefuses: a component without a license, or with one that is not known, is
// named, and nothing is written.
func TestRefuses(t *testing.T) {
	mit := licenseText{file: "LICENSE", kind: "MIT"}
	tests := []struct {
		name  string
		texts []licenseText
		want  string // in the error; "" for none
	}{
		{"permissive", []licenseText{mit}, ""},
		{"with a notice", []licenseText{mit, {file: "NOTICE", text: []byte("Copyright A")}}, ""},
		{"none", nil, "example.org/m has no license"},
		{"notice alone", []licenseText{{file: "NOTICE"}}, "example.org/m has no license"},
		{"unknown in a part", []licenseText{mit, {file: "part/COPYING", text: []byte("GNU General Public License")}}, "example.org/m: part/COPYING"},
		{"a notice of more", []licenseText{mit, {file: "NOTICE.md", text: []byte("Contains code under the GNU Lesser General Public License.")}}, "NOTICE.md names"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		err := writeNotices(&out, []component{{path: "example.org/m", version: "v1.0.0", texts: tt.texts}})
		switch {
		case tt.want == "":
			if err != nil || !strings.Contains(out.String(), "example.org/m v1.0.0: MIT\n") {
				t.Errorf("%s: %v, %q", tt.name, err, out.String())
			}
		case err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0:
			t.Errorf("%s: error %v, %q written", tt.name, err, out.String())
		}
	}
}

// TestAddLicenses takes those of the directories that a package is in, and no
// others.
func TestAddLicenses(t *testing.T) {
	root := t.TempDir()
	for _, file := range []string{"LICENSE", "a/b/licence.txt", "a/license.go", "a/README", "other/LICENSE"} {
		path := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var c component
	seen := map[string]licenseText{}
	for range 2 { // a second package in the directory adds nothing
		if err := c.addLicenses(root, filepath.Join(root, "a", "b"), seen); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, text := range c.texts {
		got = append(got, text.file)
	}
	if want := "a/b/licence.txt LICENSE"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBinary holds what is linked into analyzer on this platform against the
// list of permissive licenses; .ci/run does so for all that are released, for
// which modules may have to be fetched.
func TestBinary(t *testing.T) {
	components, err := dependencies([]string{runtime.GOOS + "/" + runtime.GOARCH})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeNotices(&out, components); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"github.com/spf13/cobra ", "the Go standard library "} {
		if !strings.Contains(out.String(), "\n"+want) {
			t.Errorf("%s is not listed", want)
		}
	}
}
