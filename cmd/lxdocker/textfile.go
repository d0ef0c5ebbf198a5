package main

import (
	"lxdocker/internal/metrics"
	"lxdocker/internal/progress"
	"lxdocker/internal/status"
	"lxdocker/internal/store"
)

// writeTextfile writes a report for Prometheus.
func writeTextfile(path string, r *status.Report, images store.Store) error {
	f := metrics.Textfile{
		Snapshot: images.Versions, Problems: len(r.Problems), Failing: map[bool]metrics.Since{}, Disks: map[string][2]int64{},
		DemandBytes: r.OnDemand.Bytes, DemandLimit: r.OnDemand.Limit, DemandNumber: r.OnDemand.Versions + r.OnDemand.Retired,
	}
	for _, one := range r.Failing {
		since := f.Failing[one.OnDemand]
		if since.Number++; since.First.IsZero() || one.Since.Before(since.First) {
			since.First = one.Since
		}
		f.Failing[one.OnDemand] = since
	}
	if r.Run != nil {
		f.RunBegan, f.UnderWay = r.Run.Began, r.Run.State == status.UnderWay
	}
	if last := r.LastComplete; last != nil {
		f.RunEnded, f.RunFailed = *last.Ended, last.Failed+last.Wrong
		f.RunImages = map[progress.Outcome]int{progress.Built: last.Built, progress.Unchanged: last.Unchanged, progress.Failed: last.Failed, progress.Removed: last.Removed}
	}
	for _, d := range r.Disks {
		if d.Size > 0 {
			f.Disks[d.Of] = [2]int64{d.Free, d.Size}
		}
		if d.Of == "cache" {
			f.CacheKnown, f.CacheBytes, f.CacheLimit = true, d.Bytes, d.Limit
		}
	}
	for _, c := range r.Certificates {
		if !c.Until.IsZero() && (f.Expires.IsZero() || c.Until.Before(f.Expires)) {
			f.Expires = c.Until
		}
	}
	return f.Write(path)
}
