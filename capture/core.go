package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"memtrail/capture/memory"
)

// IsCore reports whether a file is an ELF core, plain or compressed with zstd,
// by its content.
func IsCore(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return false
	}
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	if memory.IsCore(head[:n]) {
		return true
	}
	if !isZstd(head[:n]) {
		return false
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return false
	}
	defer z.Close()
	n, _ = io.ReadFull(z, head)
	return memory.IsCore(head[:n])
}

func isZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

const (
	maxWindow = 128 << 20
	maxCore   = 64 << 30 // of a core that is decompressed into memory, in bytes
)

// openCore opens a core; one that is compressed is held in memory.
func openCore(path, sysroot string) (*memory.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil || !isZstd(head) {
		return memory.OpenCore(path, sysroot)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var all bytes.Buffer
	if _, err := io.Copy(&all, io.LimitReader(z, maxCore)); err != nil {
		return nil, fmt.Errorf("the zstd data is damaged: %w", err)
	}
	return memory.ParseCore(all.Bytes(), sysroot)
}
