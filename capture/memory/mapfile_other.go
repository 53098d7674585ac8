//go:build !unix

package memory

import (
	"errors"
	"os"
)

// mapFile maps no file here.
func mapFile(*os.File, int64) (b []byte, unmap func(), err error) {
	return nil, nil, errors.ErrUnsupported
}
