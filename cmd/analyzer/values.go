package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseBytes reads a number of bytes as php.ini has them, 256M, or with the
// unit written out: 64KB, 1.5 MiB. A kilobyte has 1,024.
func parseBytes(text string) (float64, error) {
	number := strings.ToUpper(strings.TrimSpace(text))
	scale := 1.0
	for i, unit := range []string{"K", "M", "G", "T"} {
		for _, form := range []string{unit, unit + "B", unit + "IB"} {
			if n, ok := strings.CutSuffix(number, form); ok {
				number, scale = n, math.Pow(1024, float64(i+1))
			}
		}
	}
	if scale == 1 {
		number = strings.TrimSuffix(number, "B")
	}
	v, err := parseAmount(number)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of bytes such as 65536, 64KB or 256M", text)
	}
	return v * scale, nil
}

// parseAmount reads a number from 0 on, written in digits.
func parseAmount(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || text == "" || strings.Trim(text, "0123456789.") != "" || v > 1<<62 {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return v, nil
}

// unlimited is how php.ini writes that there is no limit.
const unlimited = "-1"

// parseMemoryLimit reads a memory_limit; 0 is none.
func parseMemoryLimit(text string) (uint64, error) {
	if text == unlimited || text == "" {
		return 0, nil
	}
	v, err := parseBytes(text)
	if err == nil && v < 1 {
		err = fmt.Errorf("%q is no memory limit such as 256M, or -1 for none", text)
	}
	return uint64(v), err
}

// parseUnexplained reads how much memory may grow by unexplained.
func parseUnexplained(text string) (uint64, error) {
	if text == unlimited {
		return math.MaxUint64, nil
	}
	v, err := parseBytes(text)
	return uint64(v), err
}

// parsePercent reads a share in percent: 10, 10%, 0.5%. It must be above 0 and
// at most 100.
func parsePercent(flag, text string) (share float64, err error) {
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	p, err := strconv.ParseFloat(number, 64)
	if err != nil || !(p > 0 && p <= 100) {
		return 0, &usageError{fmt.Sprintf("--%s is %q, it must be a percentage above 0 and up to 100, such as 10 or 0.5%%", flag, text)}
	}
	return p / 100, nil
}
