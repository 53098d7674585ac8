package report

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestMemory(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "0 B", 1: "1 B", 999: "999 B", 1000: "1,000 B", 1023: "1,023 B",
		1024: "1.0 KiB", 1092: "1.1 KiB", 2047: "2.0 KiB", 2048: "2.0 KiB", 10_188: "9.9 KiB", 10_189: "10 KiB", 10_239: "10 KiB", 10_240: "10 KiB",
		10_751: "10 KiB", 10_752: "11 KiB", 1<<20 - 513: "1,023 KiB", 1<<20 - 512: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB",
		1<<20 + 1<<18: "1.3 MiB", 46_000_000: "44 MiB", 1<<30 - 1: "1.0 GiB", 1 << 30: "1.0 GiB", 1<<40 - 1: "1.0 TiB", 1 << 40: "1.0 TiB",
		1 << 60: "1,048,576 TiB", math.MaxUint64: "16,777,216 TiB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("memory(%d) = %q, want %q", bytes, got, want)
		}
	}
}

// What a size says is within half of its last digit of what it is.
func TestMemoryIsNear(t *testing.T) {
	units := map[string]float64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		bytes := r.Uint64() >> r.UintN(64)
		number, unit, _ := strings.Cut(Size(bytes), " ")
		said, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		half := units[unit] / 2
		switch {
		case unit == "B":
			half = 0
		case said < 10:
			half /= 10
		}
		if off := math.Abs(said*units[unit] - float64(bytes)); off > half*1.000001 {
			t.Errorf("%d bytes: %s, off by %.0f", bytes, Size(bytes), off)
		}
		if decimal := strings.Contains(number, "."); decimal != (unit != "B" && said < 10) || said >= 1024 && unit != "TiB" {
			t.Errorf("%d bytes: %s", bytes, Size(bytes))
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0.0 %", 0.5: "50.0 %", 0.99949: "99.9 %", 0.9995: "100.0 %", 1.846: "184.6 %", -0.8457: "−84.6 %", -0.0001: "0.0 %"} {
		if got := percent(share); got != want {
			t.Errorf("percent(%v) = %s, want %s", share, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", 1<<64 - 1: "18,446,744,073,709,551,615"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0 children", 1: "1 child", 2: "2 children", 1000: "1,000 children"} {
		if got := Count(n, "child"); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestChanged(t *testing.T) {
	for d, want := range map[int64]string{0: "±0", 2047: "+2.0 KiB", -2047: "−2.0 KiB", math.MinInt64: "−8,388,608 TiB", math.MaxInt64: "+8,388,608 TiB"} {
		if got := changed(d, Size); got != want {
			t.Errorf("changed(%d) = %s, want %s", d, got, want)
		}
	}
}
