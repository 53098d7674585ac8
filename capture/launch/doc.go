// Package launch starts a command as if it had been started without us: its
// streams are ours, byte for byte, signals for us go to it, job control works
// through us, and its exit code is handed on.
//
// A command that we start ourselves may always be read, whatever Yama says of
// other processes.
package launch
