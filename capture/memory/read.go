package memory

import (
	"errors"
	"io"
)

const (
	// mostUnknown bounds what is read where nobody bounds it, in bytes: no machine of
	// today has a process that large.
	mostUnknown = 1 << 42
	// firstRead is how much room there is at first where none can be reserved, in bytes.
	firstRead = 1 << 20
)

// readAll reads a text into one stretch of memory, of at most most bytes, 0 for any,
// which whoever has it frees. Its size is -1 where that is not known.
//
// Room is reserved once for as much as may come: memory that nobody touches costs
// nothing, while a stretch that grows is held twice.
func readAll(r io.Reader, size int64, most uint64) (b []byte, free func(), err error) {
	return readWith(reserve, r, size, most)
}

// reserver is [reserve], or what stands for it in a test.
type reserver func(n uint64, fewer bool) (b []byte, trim func(int), free func())

func readWith(reserve reserver, r io.Reader, size int64, most uint64) (b []byte, free func(), err error) {
	if most == 0 {
		most = mostUnknown
	}
	room := most
	if size >= 0 {
		if room = uint64(size); room > most {
			return nil, nil, coreTooLarge(room, most, false)
		}
	}
	b, trim, free := reserve(room, size < 0)
	if b != nil {
		room = uint64(len(b))
	} else {
		b, trim, free = make([]byte, min(room, firstRead)), func(int) {}, func() {}
	}
	defer func() {
		if err != nil {
			free()
			b, free = nil, nil
		}
	}()
	for n := 0; ; {
		got, err := io.ReadFull(r, b[n:])
		n += got
		switch {
		case ended(err), err == nil && size >= 0 && int64(n) == size:
			trim(n)
			return b[:n:n], free, nil
		case err != nil:
			return b, free, err
		case uint64(n) < room: // in pieces
			b = append(make([]byte, 0, min(room, 2*uint64(n))), b...)
			b = b[:cap(b)]
		default:
			switch _, err := io.ReadFull(r, make([]byte, 1)); {
			case ended(err):
				return b, free, nil
			case err != nil:
				return b, free, err
			}
			return b, free, coreTooLarge(room+1, room, true)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// coreTooLarge is the error of a core that must be read into memory and has no room.
func coreTooLarge(needed, allowed uint64, atLeast bool) error {
	return &SizeError{
		What: "the core", Needed: needed, AtLeast: atLeast, Allowed: allowed,
		Instead: "unpack it into a file where files can be mapped: that takes no memory",
	}
}
