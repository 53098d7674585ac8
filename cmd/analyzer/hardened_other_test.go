//go:build !linux

package main

import "os"

// hardened: there is nothing like it.
func hardened() { os.Exit(77) }

// untraced: there is nothing like it.
func untraced() { os.Exit(77) }
