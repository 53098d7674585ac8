package dump

import (
	"io"
	"strings"
	"testing"
	"time"

	"memtrail/internal/cases"
)

// TestTime reads texts made to send a reader back and forth. Were one of them
// read in quadratic time, it would take hours.
func TestTime(t *testing.T) {
	size := cases.Number(1<<18, 5<<20)
	limit := 20 * time.Second * time.Duration(size) / (5 << 20)
	item := "    \"0x7f0000000000\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    },\n"
	for i, head := range []string{`{"items":{`, "", `{"items":{"0x1":{"type":"array","children":{`, "{\n  \"items\": {\n" + item + "    \"0x7f"} {
		if i == 1 || slow {
			size = 1 << 18
		}
		for _, text := range cases.Sample([]string{
			`"0x1":{`, `"0x1":{"`, `"0x1":{[`, `"0x1":{"a":{`, `"0x1":{"a":[`, `"0x1":{"children":{"`, `"0x1":{"children":{"a":`, `,"0x1":{1`,
			`"0x1" `, `"0x1":`, `"0x1":{"a":"b",`, `"0x1":{"a"`, `"0x1":{}`, `"0x1":{}}`, `"0x1":{\`, `"0x1":{"\`, `"0x1":{"a\"`, ` "0x1":{'"`,
			`{`, `[`, `}`, `]`, `{{}`, `[]`, `"`, `\`, `\"`, `,`, `:`, `{"`, `{"a":`, `"a"`, `"a":"`, `"a":{`, `"x":{"0x1":{`, `{"items":{`,
			`{"header":{`, `"header":{"`, "\n", "\n    \"0x", "\n    \"0x1\" : {", "\n    \"0x1\" : {\n        \"type\" : \"", item, item[:60], item + "}",
			"            \"a\":\"0x7f0000000000\",\n", "        \"children\" : {\n", "\x00", "\xff", "a", "0", `{"0x1"`, `}"`, `},`, `},"`, `}{`,
		}, 8, i) {
			start := time.Now()
			text := strings.Repeat(text, size/len(text))
			c := &collector{}
			s := NewScanner(io.MultiReader(strings.NewReader(head), strings.NewReader(text)), Options{})
			for s.Scan() {
				c.Item(s.Item())
				c.items, c.at = c.items[:0], c.at[:0]
			}
			if d := time.Since(start); d > limit {
				t.Errorf("%.80q, then %.80q: %v", head, text, d)
			}
		}
	}
}
