//go:build e2e

package guest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lxdocker/test/testbed"
)

// once does things one time for all who want them.
type once struct {
	lock sync.Mutex
	done map[string]func() (string, error)
}

func (o *once) do(key string, what func() (string, error)) (string, error) {
	o.lock.Lock()
	if o.done == nil {
		o.done = make(map[string]func() (string, error))
	}
	if o.done[key] == nil {
		o.done[key] = sync.OnceValues(what)
	}
	result := o.done[key]
	o.lock.Unlock()
	return result()
}

var converted, imported once

// foreign is the header of a program for s390x, which no machine runs beside
// its own.
var foreign = []byte("\x7fELF\x02\x02\x01" + strings.Repeat("\x00", 9) + "\x00\x02\x00\x16\x00\x00\x00\x01" + strings.Repeat("\x00", 200))

// convert makes an image of test/images with a spec, and returns its folder.
func convert(ctx context.Context, image, spec string) (string, error) {
	name := fmt.Sprintf("%s-%.8x", image, sha256.Sum256([]byte(spec)))
	return converted.do(name, func() (string, error) {
		specs, images := filepath.Join(work, "specs-"+name), filepath.Join(work, "images-"+name)
		if err := os.Mkdir(specs, 0o755); err != nil {
			return "", err
		}
		text := "image: " + bed.Registry + "/library/" + image + "\n" + spec
		if err := os.WriteFile(filepath.Join(specs, name+".yaml"), []byte(text), 0o644); err != nil {
			return "", err
		}
		// For specs that put it into an image.
		if err := os.WriteFile(filepath.Join(specs, "foreign"), foreign, 0o644); err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, lxdocker, "--specs", specs, "--lxdimages", images, "--cache", filepath.Join(work, "cache"))
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("converting %s: %w\n%s\n%s", name, err, text, out)
		}
		found, err := filepath.Glob(filepath.Join(images, "images", name, "*", "*"))
		if err != nil || len(found) != 1 {
			return "", fmt.Errorf("converting %s: its versions are %q (%v)", name, found, err)
		}
		return found[0], nil
	})
}

// offer gives a daemon the image, and returns the alias it has there. The
// properties are NAME=VALUE.
func offer(d testbed.Daemon, image, spec string, properties ...string) (string, error) {
	// Other tests wait for it as well: it must not end with the first one.
	ctx := context.Background()
	dir, err := convert(ctx, image, spec)
	if err != nil {
		return "", err
	}
	alias := fmt.Sprintf("%s-%.8x", image, sha256.Sum256([]byte(dir+strings.Join(properties, " "))))
	return imported.do(d.Name+"/"+alias, func() (string, error) {
		rootfs := filepath.Join(dir, "rootfs.squashfs")
		// Where there is a tarball as well, it is for Incus.
		if found, _ := filepath.Glob(filepath.Join(dir, "rootfs.tar.*")); len(found) == 1 && d.Name != "LXD" {
			rootfs = found[0]
		}
		return alias, bring(ctx, d, filepath.Join(dir, "lxd.tar.xz"), rootfs, alias, properties)
	})
}

// bring imports an image. A client may wait for ever for what the daemon has
// done; then the image lacks but its alias.
func bring(ctx context.Context, d testbed.Daemon, metadata, rootfs, alias string, properties []string) error {
	limited, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	_, err := d.Run(limited, append([]string{"image", "import", metadata, rootfs, "--alias", alias}, properties...)...)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	sum := sha256.New()
	for _, name := range []string{metadata, rootfs} {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write(b)
	}
	_, again := d.Run(ctx, "image", "alias", "create", alias, fmt.Sprintf("%x", sum.Sum(nil)))
	if again != nil {
		return errors.Join(err, again)
	}
	return nil
}
