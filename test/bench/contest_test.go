package main

import (
	"testing"
	"time"
)

func TestTheMedianHasTheLargestMemory(t *testing.T) {
	got := median([]figure{{3 * time.Second, 10, 7}, {1 * time.Second, 30, 7}, {2 * time.Second, 20, 7}})
	if want := (figure{2 * time.Second, 30, 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
