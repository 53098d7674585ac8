package gate

import "memtrail/analysis/growth"

// Gate is a growth with a verdict for CI.
type Gate struct {
	growth.Growth                       // Growing has what fails, and what a baseline knows
	Failed        bool                  // a new or worse leak, or unexplained growth
	Ignored       []growth.GrowingPlace // by a rule
	Stale         []BaselineEntry       // nothing that grows matches them
	Expired       []BaselineEntry       // their time is over: what they match fails
	Strict        bool                  // stale and expired entries fail, too
	Baseline      string                // name of its file; "" for none
}

// Baseline is what is known to leak and accepted for the time being.
type Baseline struct {
	Version int             `json:"version"`
	Entries []BaselineEntry `json:"entries"`
}

// BaselineEntry is one accepted leak.
type BaselineEntry struct {
	Fingerprint string  `json:"fingerprint"`
	Path        string  `json:"path"`
	Holds       string  `json:"holds,omitempty"`    // class or type
	Count       float64 `json:"count_per_interval"` // allowed
	Bytes       float64 `json:"bytes_per_interval"` // allowed
	Reason      string  `json:"reason"`
	Expires     string  `json:"expires,omitempty"` // a date, 2006-01-02; "" for never
}
