package main

import (
	"runtime"
	"sync"
	"testing"
)

// The pace follows the part of the heap that has pointers, and ends when it is told.
func TestCollectorPace(t *testing.T) {
	var mu sync.Mutex
	now := 100
	set := func(percent int) int {
		mu.Lock()
		defer mu.Unlock()
		old := now
		now = percent
		return old
	}
	get := func() int {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	p := paceCollector(set, 15)
	if get() < 15 || get() > 200 {
		t.Fatalf("the pace begins with %d", get())
	}
	const megabytes = 100
	pointers := make([][]*int, megabytes/2)
	for i := range pointers {
		pointers[i] = make([]*int, 2<<20/8)
		pointers[i][len(pointers[i])-1] = new(int)
	}
	runtime.GC()
	p.adapt()
	if get() < 40 {
		t.Errorf("%d %% next to a heap of pointers", get())
	}
	runtime.KeepAlive(pointers)
	pointers = nil
	numbers := make([]byte, 1<<30) // is not touched
	runtime.GC()
	p.adapt()
	if get() > 6 {
		t.Errorf("%d %% next to a gigabyte of numbers: that is much garbage", get())
	}
	runtime.KeepAlive(numbers)
	p.lower(5)
	p.stop()
	if get() != 100 || p.adapt() {
		t.Errorf("%d %% when it is stopped", get())
	}
	runtime.GC()
	if get() != 100 {
		t.Errorf("%d %% behind the next collection", get())
	}
}
