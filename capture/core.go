package capture

import (
	"memtrail/capture/memory"
	"memtrail/dump"
)

// headOfCore is how many bytes tell a core.
const headOfCore = 64

// IsCore reports whether a regular file is an ELF core, plain or compressed, by its
// content. It can be read as anything else afterwards.
func IsCore(in *dump.Input) bool { return memory.IsCore(in.Head(headOfCore)) }

// IsCoreFile is IsCore for a file by its path.
func IsCoreFile(path string) bool {
	in, err := dump.Open(path, nil)
	if err != nil {
		return false
	}
	defer in.Close()
	return IsCore(in)
}

// Core reads an ELF core. One that is compressed, or cannot be mapped, is held in
// memory.
func Core(path string, o Options) (*Capture, error) {
	in, err := dump.Open(path, nil)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return CoreOf(in, o)
}

// CoreOf is Core for a file that is open. The input is not needed afterwards.
func CoreOf(in *dump.Input, o Options) (*Capture, error) {
	image, err := openCore(in, &o)
	if err != nil {
		return nil, err
	}
	return FromImage(image, o)
}

func openCore(in *dump.Input, o *Options) (*memory.Image, error) {
	if !in.Compressed() {
		return memory.OpenCore(in.Name, o.Sysroot, o.MaxMemory)
	}
	text, err := in.Text()
	if err != nil {
		return nil, err
	}
	defer text.Close()
	return memory.ReadCore(text, o.Sysroot, o.MaxMemory)
}
