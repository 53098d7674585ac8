//go:build !unix

package memory

import (
	"io"
	"os"
)

// mapFile reads a file's content: there is no mmap here.
func mapFile(f *os.File, size int64) (b []byte, unmap func(), err error) {
	b, err = io.ReadAll(io.NewSectionReader(f, 0, size))
	return b, func() {}, err
}
