package main

import (
	"strings"
	"testing"
)

func TestMountsAreThoseOfOtherFlags(t *testing.T) {
	for text, want := range map[string]string{
		"type=bind,source=/srv,target=/x,readonly": "/srv:/x:ro",
		"type=bind,src=./srv,dst=/x":               "./srv:/x",
		"src=data,destination=/x,ro=false":         "data:/x",
		"type=tmpfs,dst=/tmp,tmpfs-size=16m":       "tmpfs /tmp:size=16m",
		"type=tmpfs,target=/run":                   "tmpfs /run",
		"type=bind,source=data,target=/x":          "!not that of type=bind",
		"source=/srv,target=/x":                    "!not that of type=volume",
		"type=npipe,source=a,target=/x":            "!none of bind, volume and tmpfs",
		"type=bind,bind-propagation=shared":        "!have no bind-propagation",
		"colour=green":                             "!none of type",
		"":                                         "!it is type=bind",
	} {
		volume, tmpfs, err := asVolume(text)
		if says, wrong := strings.CutPrefix(want, "!"); wrong {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		got := volume
		if tmpfs != "" {
			got = "tmpfs " + tmpfs
		}
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestMountsArePartOfARun(t *testing.T) {
	o := runOptions{mounts: []string{"source=data,target=/x", "type=tmpfs,target=/tmp"}}
	if err := o.parse([]string{"nginx"}); err != nil || len(o.Mounts) != 1 || o.Mounts[0].Volume != "data" || len(o.Tmpfs) != 1 {
		t.Errorf("%+v, %v", o.Options, err)
	}
	for says, mounts := range map[string][]string{"--mount \"target=/x\"": {"target=/x"}, "is mounted at /x": {"source=a,target=/x", "source=b,target=/x"}} {
		o := runOptions{mounts: mounts}
		if err := o.parse([]string{"nginx"}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
