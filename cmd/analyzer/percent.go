package main

import (
	"fmt"
	"strconv"
	"strings"
)

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
