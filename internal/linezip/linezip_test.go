package linezip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// pack compresses text that is written in pieces of up to a size.
func pack(t testing.TB, text []byte, piece int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := NewWriter(&out)
	for p := text; len(p) > 0; {
		n := min(len(p), piece)
		if k, err := z.Write(p[:n]); k != n || err != nil {
			t.Fatalf("Write(%d bytes) = %d, %v", n, k, err)
		}
		p = p[n:]
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unpack gives what another implementation reads.
func unpack(t testing.TB, packed []byte) []byte {
	t.Helper()
	r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rows is text like that of a captured heap: objects with an array each, in
// pages of their own.
func rows(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		object, array, table := 0x7f2d75400000+112*i+i/36*64, 0x7f2d7a000000+56*i, 0x7f2d80000000+320*i+i/12*256
		fmt.Fprintf(&b, `"%#x":{"type":"object","size":"72","alloc":"112","is_root":false,"class":"Row","object_handle":"%d","children":{"id":"%#x","tags":"%#x"}},`+"\n", object, i, object+40, array)
		fmt.Fprintf(&b, `"%#x":{"type":"int","size":"16","is_root":false},`+"\n", object+40)
		fmt.Fprintf(&b, `"%#x":{"type":"array","size":"72","alloc":"376","is_root":false,"children":{"0":"%#x","k%d":"%#x"}},`+"\n", array, table, i*7, table+32)
		fmt.Fprintf(&b, `"%#x":{"type":"int","size":"16","is_root":false},`+"\n"+`"%#x":{"type":"null","size":"16","is_root":false},`+"\n", table, table+32)
	}
	return b.Bytes()
}

// noise is bytes out of the first n of all.
func noise(size, n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.IntN(n))
	}
	return b
}

// TestWriter reads back texts of all kinds, in batches and blocks that end
// anywhere.
func TestWriter(t *testing.T) {
	digits := noise(3*blockSize, 10)
	long := bytes.Repeat(noise(300, 256), 3000)
	mixed := bytes.Join([][]byte{rows(300), noise(blockSize+5, 256), rows(500), make([]byte, 2*blockSize), rows(300)}, nil)
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"nothing", nil},
		{"a byte", []byte("x")},
		{"less than is looked at", []byte("0123456789")},
		{"one byte, again and again", bytes.Repeat([]byte("a"), 3*blockSize+1)},
		{"no two bytes that follow each other again", noise(5000, 256)},
		{"nothing to gain", noise(2*blockSize+77, 256)},
		{"digits", digits},
		{"two letters", noise(blockSize, 2)},
		{"literals of one kind", []byte(strings.Repeat("abcdefghijklmnop0qrstuvwxyzABCDEF", 40))},
		{"long copies from further than near", long},
		{"copies from beyond the window", bytes.Join([][]byte{digits[:2000], noise(window, 256), digits[:2000]}, nil)},
		{"a window that is just full", bytes.Join([][]byte{digits[:2000], noise(window-2000, 256), digits[:2000]}, nil)},
		{"lines", rows(12000)},
		{"blocks that pay and blocks that do not", mixed},
		{"a batch that is just full", rows(9000)[:window+batchSize]},
		{"a block that is just full", rows(1000)[:blockSize]},
		{"a block and a byte", rows(1000)[:blockSize+1]},
	} {
		for _, piece := range []int{1 << 30, 64 << 10, 997} {
			packed := pack(t, c.text, piece)
			if got := unpack(t, packed); !bytes.Equal(got, c.text) {
				t.Errorf("%s, in pieces of %d: %d bytes differ from the %d written", c.name, piece, len(got), len(c.text))
			}
			if most := len(c.text) + 3*(len(c.text)/blockSize+2) + 12; len(packed) > most {
				t.Errorf("%s: %d bytes take %d, more than %d", c.name, len(c.text), len(packed), most)
			}
		}
	}
}

// TestFrame has the frame of the empty text, which RFC 8878 and xxHash give.
func TestFrame(t *testing.T) {
	want := []byte{0x28, 0xb5, 0x2f, 0xfd, 1 << 2, (windowLog - 10) << 3, 1, 0, 0, 0x99, 0xe9, 0xd8, 0x51}
	if got := pack(t, nil, 1); !bytes.Equal(got, want) {
		t.Errorf("% x\nwant % x", got, want)
	}
}

// TestBetterThanLibrary holds what the package exists for: lines like those of
// a heap take two thirds of what a general encoder makes of them.
func TestBetterThanLibrary(t *testing.T) {
	text := rows(20000)
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	z.Write(text)
	z.Close()
	got, library := len(pack(t, text, 1<<16)), out.Len()
	if got > library*2/3 {
		t.Errorf("%d bytes take %d; the library's %d", len(text), got, library)
	}
}

// TestErrors fails below, at once or later: Close tells, and nothing hangs.
func TestErrors(t *testing.T) {
	broken := errors.New("no space left")
	for _, after := range []int{0, 3, 50_000} {
		z := NewWriter(&failing{after, broken})
		for range 40 {
			z.Write(noise(blockSize, 256))
		}
		if err := z.Close(); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", after, err)
		}
	}
}

// failing takes some bytes.
type failing struct {
	room int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, f.err
	}
	f.room -= len(p)
	return len(p), nil
}

// TestLengthCodes has the ends of the tables in RFC 8878.
func TestLengthCodes(t *testing.T) {
	for _, c := range []struct {
		literals, match uint32
		lit, m          uint8
	}{
		{0, 3, 0, 0}, {15, 34, 15, 31}, {16, 35, 16, 32}, {17, 36, 16, 32}, {24, 43, 20, 36}, {63, 66, 24, 39}, {64, 67, 25, 40},
		{127, 130, 25, 42}, {128, 131, 26, 43}, {255, 258, 26, 43}, {256, 259, 27, 44}, {65535, 65538, 34, 51}, {65536, 65539, 35, 52}, {131071, 131074, 35, 52},
	} {
		if lit, m := literalsCode(c.literals), matchCode(c.match); lit != c.lit || m != c.m {
			t.Errorf("literals %d: code %d, want %d; match %d: code %d, want %d", c.literals, lit, c.lit, c.match, m, c.m)
		}
	}
}

// TestNormalize scales counts of all shapes: what occurs keeps a share, and the
// shares fill the table.
func TestNormalize(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var c fseCode
		n := 0
		for range 2 + r.IntN(maxSymbols) {
			k := uint32(1) << r.IntN(16)
			c.count[r.IntN(maxSymbols)] += k
			n += int(k)
		}
		if c.build(n, maxLog); c.single {
			continue
		}
		sum := 0
		for s, k := range c.count {
			if (k > 0) != (c.norm[s] > 0) {
				t.Fatalf("counts %v: shares %v", c.count, c.norm)
			}
			sum += int(c.norm[s])
		}
		if sum != 1<<c.log {
			t.Fatalf("counts %v: shares %v sum to %d, not %d", c.count, c.norm, sum, 1<<c.log)
		}
	}
}

// FuzzCoder reads back any bytes, repeated with changes, in batches of any size.
func FuzzCoder(f *testing.F) {
	f.Add(rows(3), uint16(4), uint64(0), uint16(500))
	f.Add([]byte("abc"), uint16(500), uint64(1), uint16(1))
	f.Add(noise(300, 256), uint16(3), uint64(2), uint16(7))
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, times uint16, seed uint64, size uint16) {
		if len(text) > 4<<10 || len(text)*int(times) > 16<<10 {
			return
		}
		whole := bytes.Repeat(text, int(times))
		random := rand.New(rand.NewPCG(seed, 1))
		for range len(whole) / 50 * int(seed%4) / 2 {
			whole[random.IntN(len(whole))] = byte(random.Uint32())
		}
		var out bytes.Buffer
		c := newCoder(&out)
		c.begin()
		// Each batch has all the text before it, as if the window were endless.
		for from := 0; from < len(whole); from += int(size) + 1 {
			c.batch(batch{whole[:min(from+int(size)+1, len(whole))], from})
		}
		c.end()
		got, err := r.DecodeAll(out.Bytes(), nil)
		if err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("%d bytes differ from the %d written: %v", len(got), len(whole), err)
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	text := rows(40000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		z := NewWriter(io.Discard)
		z.Write(text)
		z.Close()
	}
}
