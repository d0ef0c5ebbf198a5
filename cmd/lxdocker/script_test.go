package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"lxdocker/internal/command/commandtest"
	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/settings"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/store/dir"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lxdocker": func() { os.Exit(run()) }})
}

// TestScripts runs testdata/script/*.txtar: the command line as people use it,
// each with a registry of its own at $REGISTRY.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			r := newRegistry()
			env.Defer(r.Close)
			env.Values["registry"] = r
			env.Setenv("REGISTRY", r.Address())
			env.Setenv(settings.File, "") // this machine's settings do not count
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"spec":     writeSpec,
			"exits":    commandtest.Exits,
			"push":     push,
			"demand":   demand,
			"requests": requests,
			"layers":   layers,
			"spoil":    spoil,
			"cosign":   func(ts *testscript.TestScript, neg bool, args []string) { cosign(t, ts, neg, args) },
		},
	})
}

// push REPOSITORY:TAG DIR [CONFIG [FILE]] pushes an image with one layer that
// holds the files of DIR; CONFIG is a file with the image's config as JSON, FILE
// the name of an empty file with a capability in a layer above.
func push(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: push REPOSITORY:TAG DIR [CONFIG [FILE]]")
	}
	config, capable := "{}", ""
	if len(args) > 2 {
		config = ts.ReadFile(args[2])
	}
	if len(args) > 3 {
		capable = args[3]
	}
	ts.Check(ts.Value("registry").(*testRegistry).push(args[0], ts.MkAbs(args[1]), config, capable))
}

// demand REPOSITORY:TAG DIR pushes an image, and converts it into the folder images as
// an imgserver does when somebody asks for it.
func demand(ts *testscript.TestScript, neg bool, args []string) {
	push(ts, neg, args)
	var o conversionOptions
	cmd := &cobra.Command{}
	o.register(cmd)
	o.Cache, o.Named = ts.MkAbs("cache"), []string{ts.Getenv("REGISTRY")}
	b, _, err := o.Builder(progress.Discard(), slog.New(slog.DiscardHandler))
	ts.Check(err)
	b.Keep = image.Retention{Keep: 3}
	ref, err := oci.Parse(ts.Getenv("REGISTRY") + "/" + args[0])
	ts.Check(err)
	j, err := convert.Demand(ref, "amd64")
	ts.Check(err)
	images, err := dir.Open(ts.MkAbs("images"))
	ts.Check(err)
	_, err = b.Update(context.Background(), images, j, false)
	ts.Check(err)
}

// requests N METHOD compares how many requests of a method the registry has had
// since the last time it was asked.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: requests N METHOD")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := ts.Value("registry").(*testRegistry).count(args[1]); got != want {
		ts.Fatalf("the registry had %d %s requests, not %d", got, args[1], want)
	}
}

// spoil manifest|config|layer N has so many of them arrive with a wrong byte.
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: spoil manifest|config|layer N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	r := ts.Value("registry").(*testRegistry)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spoil[args[0]] = n
}

// cosign FILE REPOSITORY:TAG signs an image as cosign 3 does, with the key whose public half is
// FILE; it makes both if there is no such file.
func cosign(t *testing.T, ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cosign FILE REPOSITORY:TAG")
	}
	r := ts.Value("registry").(*testRegistry)
	r.mu.Lock()
	signer := r.signers[args[0]]
	if signer == nil {
		signer = signaturetest.New(t)
		r.signers[args[0]] = signer
	}
	r.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(signer.PEM), 0o644))
	digest, err := r.digest(args[1])
	ts.Check(err)
	repository, _, _ := strings.Cut(args[1], ":")
	to := signaturetest.Pushed{Base: r.URL + "/v2/" + repository}
	signaturetest.Fallback(t, to, digest, signaturetest.Referrer(t, to, digest, signer.Bundle(t, digest, nil)))
}

// layers N DIR compares how many layers a cache has.
func layers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: layers N DIR")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	have, err := filepath.Glob(ts.MkAbs(args[1] + "/layers/*/blocks"))
	ts.Check(err)
	if len(have) != want {
		ts.Fatalf("the cache %s has %d layers, not %d", args[1], len(have), want)
	}
}

// spec NAME REFERENCE [LINE...] writes specs/NAME.yaml for an image of the
// script's registry.
func writeSpec(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: spec NAME REFERENCE [LINE...]")
	}
	lines := append([]string{"image: " + ts.Getenv("REGISTRY") + "/" + args[1]}, args[2:]...)
	file := ts.MkAbs("specs/" + args[0] + ".yaml")
	ts.Check(os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}
