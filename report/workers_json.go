package report

import "memtrail/analysis/workers"

type workerJSON struct {
	PID      string     `json:"pid"`
	Life     int        `json:"life"`
	Course   string     `json:"course"`
	Readings uint64     `json:"readings"`
	From     *string    `json:"from"`
	To       *string    `json:"to"`
	First    levelJSON  `json:"first"`
	Last     levelJSON  `json:"last"`
	Least    uint64     `json:"least"`
	Most     uint64     `json:"most"`
	Rise     uint64     `json:"rise"`
	Rate     float64    `json:"rise_per_reading"`
	P        float64    `json:"p"`
	Teeth    uint64     `json:"teeth"`
	Steps    []jumpJSON `json:"steps"`

	Kept    *keptJSON         `json:"kept_chunks"`
	Outside *risesOutsideJSON `json:"rises_outside"`

	Raw bool `json:"raw,omitempty"`
}

type jumpJSON struct {
	At    *string `json:"at"`
	Bytes uint64  `json:"bytes"`
}

type requestJSON struct {
	Name  string  `json:"name"`
	Count uint64  `json:"count"`
	Left  int64   `json:"left_bytes"`
	Each  float64 `json:"left_each"`
	Most  uint64  `json:"most"`
	Raw   bool    `json:"raw,omitempty"`
}

func (p workersPage) document() document {
	counts := map[string]int{}
	for _, c := range courses {
		counts[string(c)] = p.Count[c]
	}
	return document{
		{"workers", listOf(p.Workers.Workers, encodeWorker)}, {"courses", counts}, {"more", p.Cut},
		{"requests", listOf(p.Requests, encodeRequest)},
		{"readings", p.Info.Readings}, {"other_lines", p.Info.Others}, {"damaged_lines", p.Info.Damaged}, {"crowded", p.Crowded},
		{"keep_chunks", p.Keep}, {"rise_outside", p.Outside}, {"empty_readings", p.Empty},
	}
}

func encodeWorker(w *workers.Worker) workerJSON {
	d := workerJSON{
		PID: w.PID, Life: w.Life, Course: string(w.Course), Readings: w.Readings,
		From: orNull(instant(w.From), w.From != 0), To: orNull(instant(w.To), w.To != 0), First: encodeLevel(&w.First), Last: encodeLevel(&w.Last),
		Least: w.Least, Most: w.Most, Rise: w.Rise, Rate: finite(w.Rate), P: finite(w.P), Teeth: w.Teeth,
		Steps: sliceOf(w.Jumps, func(j *workers.Jump) jumpJSON { return jumpJSON{orNull(instant(j.At), j.At != 0), j.Bytes} }),
	}
	d.Kept, d.Outside = encodeKept(w.Kept), encodeRisesOutside(w.Outside)
	d.Raw = latin1(&d.PID)
	return d
}

func encodeRequest(r *workers.Request) requestJSON {
	d := requestJSON{Name: r.Name, Count: r.Count, Left: r.Left, Each: finite(r.Average()), Most: r.Most}
	d.Raw = latin1(&d.Name)
	return d
}
