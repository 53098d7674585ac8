package locate

import "testing"

func TestParseID(t *testing.T) {
	for text, want := range map[string]int{
		"8.2.20": 80220, "7.4.33": 70433, "8.5.0-dev": 80500, "8.3.0RC1": 80300, "10.0.1": 100001,
		"": 0, "8": 0, "8.2": 0, "x.y.z": 0, "4.4.9": 0, "8.-1.0": 0, "8.2.x": 0, "8.200.1": 0,
	} {
		if got := parseID(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}
