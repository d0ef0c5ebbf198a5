package instance

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/daemon"
)

// Travel is something in the root file system of an instance that an update takes along.
type Travel struct {
	Path   string
	Volume string // that it gets; "" for what is carried to the new root
	Bytes  int64  // on the disk; -1 if nobody knows
}

// Preview is what an update would do with what is in the root file system of an instance.
type Preview struct {
	Taken []Travel
	Left  []string // files that were written since the instance was made, and would stay behind
	Known bool     // whether those could be looked for: not in an instance that is stopped
}

// preview looks what an update would take along and leave behind. Only what the old image
// calls a volume is known: of the new one, there is no instance.
func (u *Updater) preview(ctx context.Context, old daemon.Instance) (p Preview, err error) {
	ofOld, err := u.declared(ctx, old.Name)
	if err != nil {
		return p, err
	}
	paths, err := u.lying(ctx, old, ofOld)
	if err != nil {
		return p, err
	}
	c, err := u.load(ctx, old, paths)
	if err != nil {
		return p, err
	}
	for _, f := range c.folders {
		p.Taken = append(p.Taken, Travel{f.path, f.volume, -1})
	}
	for _, path := range c.carried {
		p.Taken = append(p.Taken, Travel{path, "", -1})
	}
	if !old.Running() || u.Hold != nil {
		return p, nil // nobody reads it, and the instance may have replaced the program
	}
	looking, stop := context.WithTimeout(ctx, mostPreview)
	defer stop()
	for n, t := range p.Taken {
		p.Taken[n].Bytes = u.size(looking, old.Name, t.Path)
	}
	p.Left, p.Known = u.written(looking, old, slices.Concat(paths, c.carried))
	return p, ctx.Err()
}

// mostPreview is how long looking into an instance may take: its own program does that.
const mostPreview = time.Minute

// size is how much of the disk something in a running instance takes; -1 if nobody knows.
func (u *Updater) size(ctx context.Context, name, path string) int64 {
	var said beginning
	code, err := u.Daemon.Exec(ctx, name, []string{"/busybox-lxd", "du", "-sk", path}, &said, io.Discard)
	kib, _, _ := strings.Cut(said.text, "\t")
	n, wrong := strconv.ParseInt(kib, 10, 64)
	if err != nil || code != 0 || wrong != nil {
		return -1
	}
	return n << 10
}

// unlisted are places that are made anew at each start, or that lxdocker and the daemon write.
var unlisted = []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/.lxdocker", "/lxd-prelaunch", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

// written lists files of a running instance that were written since it was made, but for those
// in some places and in volumes. Of a package that was installed later, files may be older.
func (u *Updater) written(ctx context.Context, i daemon.Instance, but []string) (files []string, known bool) {
	skipped := slices.Concat(unlisted, but)
	for _, d := range i.ExpandedDevices {
		if d["type"] == "disk" && d["path"] != "/" && d["path"] != "" {
			skipped = append(skipped, "/"+strings.Trim(d["path"], "/"))
		}
	}
	argv := []string{"/busybox-lxd", "find", "/"}
	for _, path := range skipped {
		argv = append(argv, "-path", path, "-prune", "-o")
	}
	minutes := int(math.Ceil(u.Now().Sub(i.CreatedAt).Minutes()))
	argv = append(argv, "!", "-type", "d", "-mmin", fmt.Sprintf("-%d", max(minutes, 1)), "-print")
	var said beginning
	if _, err := u.Daemon.Exec(ctx, i.Name, argv, &said, io.Discard); err != nil {
		return nil, false
	}
	files = strings.Split(strings.TrimSuffix(said.text, "\n"), "\n")
	return slices.DeleteFunc(files, func(f string) bool { return f == "" }), true
}
