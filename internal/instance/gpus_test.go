package instance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
)

func TestCardsAreReadAsDockerReadsThem(t *testing.T) {
	for text, want := range map[string]string{
		"all":                              "{All:true Count:0 IDs:[] Capabilities:}",
		"2":                                "{All:false Count:2 IDs:[] Capabilities:}",
		"device=0":                         "{All:false Count:0 IDs:[0] Capabilities:}",
		`"device=0,GPU-3a23c669"`:          "{All:false Count:0 IDs:[0 GPU-3a23c669] Capabilities:}",
		"device=0,2":                       "{All:false Count:0 IDs:[0 2] Capabilities:}",
		`all,"capabilities=compute,video"`: "{All:true Count:0 IDs:[] Capabilities:compute,video}",
		"count=all,driver=nvidia":          "{All:true Count:0 IDs:[] Capabilities:}",
		"capabilities=utility":             "{All:true Count:0 IDs:[] Capabilities:utility}",
		"":                                 "!all, a number",
		"0":                                "!neither all nor a number",
		"some":                             "!neither all nor a number",
		"device=":                          "!no value",
		"colour=green":                     "!none of count",
	} {
		g, err := ParseGPUs(text)
		if says, wrong := strings.CutPrefix(want, "!"); wrong {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", text, err)
			}
		} else if got := fmt.Sprintf("%+v", g); err != nil || got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestCardsBecomeDevices(t *testing.T) {
	intel := daemon.GPU{Vendor: "8086", PCI: "0000:00:02.0", DRM: "0"}
	pi := daemon.GPU{DRM: "1"}
	green := daemon.GPU{Vendor: "10de", PCI: "0000:01:00.0", UUID: "GPU-3a23c669-1"}
	cards := []daemon.GPU{intel, green, pi, green}
	cards[3].PCI, cards[3].UUID = "0000:02:00.0", "GPU-77aa-2"
	all := "gpu0[gid:44 mode:0660 pci:0000:00:02.0 type:gpu] gpu1[gid:44 mode:0660 pci:0000:01:00.0 type:gpu] " +
		"gpu2[gid:44 id:1 mode:0660 type:gpu] gpu3[gid:44 mode:0660 pci:0000:02:00.0 type:gpu] nvidia.runtime=true"
	for name, row := range map[string]struct {
		g    GPUs
		cdi  bool
		want string
	}{
		"all":                     {GPUs{All: true}, false, all},
		"all, by names":           {GPUs{All: true}, true, "gpu0[gid:44 mode:0660 pci:0000:00:02.0 type:gpu] gpu2[gid:44 id:1 mode:0660 type:gpu] nvidia[id:nvidia.com/gpu=all type:gpu]"},
		"one, which is NVIDIA's":  {GPUs{Count: 1}, false, "gpu1[gid:44 mode:0660 pci:0000:01:00.0 type:gpu] nvidia.runtime=true"},
		"one of a number":         {GPUs{IDs: []string{"1", "1"}}, false, "gpu3[gid:44 mode:0660 pci:0000:02:00.0 type:gpu] nvidia.runtime=true"},
		"one of a UUID":           {GPUs{IDs: []string{"GPU-77AA"}, Capabilities: "video"}, false, "gpu3[gid:44 mode:0660 pci:0000:02:00.0 type:gpu] nvidia.driver.capabilities=video nvidia.runtime=true"},
		"one of a UUID, by names": {GPUs{IDs: []string{"77aa-2"}}, true, "gpu3[id:nvidia.com/gpu=1 type:gpu]"},
		"one of an address":       {GPUs{IDs: []string{"0000:00:02.0"}}, true, "gpu0[gid:44 mode:0660 pci:0000:00:02.0 type:gpu]"},
		"more than there are":     {GPUs{Count: 3}, false, "!no 3 graphics cards: it has 0000:00:02.0, 0 0000:01:00.0 GPU-3a23c669-1"},
		"one that is not there":   {GPUs{IDs: []string{"2"}}, false, "!no graphics card 2: it has"},
		"one of a UUID, not here": {GPUs{IDs: []string{"GPU-1"}}, false, "!no graphics card GPU-1"},
	} {
		devices, settings, err := row.g.devices(cards, row.cdi)
		if says, wrong := strings.CutPrefix(row.want, "!"); wrong {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var all []string
		for _, device := range slices.Sorted(maps.Keys(devices)) {
			all = append(all, device+strings.TrimPrefix(fmt.Sprint(map[string]string(devices[device])), "map"))
		}
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			all = append(all, key+"="+settings[key])
		}
		got := strings.Join(all, " ")
		if err != nil || got != row.want {
			t.Errorf("%s: %s, not %s; %v", name, got, row.want, err)
		}
	}
	if devices, _, err := (GPUs{Count: 1}).devices([]daemon.GPU{intel, pi}, false); err != nil || devices["gpu0"] == nil {
		t.Errorf("the first of two: %v, %v", devices, err)
	}
	if _, _, err := (GPUs{All: true}).devices(nil, false); err == nil || !strings.Contains(err.Error(), "no graphics card") {
		t.Errorf("all of none: %v", err)
	}
}

func TestImagesForNVIDIAAreAnswered(t *testing.T) {
	env := []string{"PATH=/bin", "NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"}
	for name, row := range map[string]struct {
		kind  string
		cdi   bool
		env   []string
		given *GPUs
		says  string
	}{
		"LXD":             {daemon.LXD, false, env, nil, "lxc config set web nvidia.runtime=true nvidia.driver.capabilities=compute,utility"},
		"Incus":           {daemon.Incus, false, env, nil, "incus config device add web gpu gpu"},
		"LXD, by names":   {daemon.LXD, true, env, nil, "id=nvidia.com/gpu=all"},
		"they were given": {daemon.LXD, false, env, &GPUs{All: true}, ""},
		"it wants none":   {daemon.LXD, false, append(env, "NVIDIA_VISIBLE_DEVICES=void"), nil, ""},
		"it says nothing": {daemon.LXD, false, []string{"PATH=/bin", ""}, nil, ""},
	} {
		note, capabilities := wantsNVIDIA("web", row.kind, row.cdi, row.env, row.given)
		if !strings.Contains(note, row.says) || row.says == "" && note != "" {
			t.Errorf("%s: %s", name, note)
		}
		if want := len(row.env) > 2; (capabilities == "compute,utility") != want {
			t.Errorf("%s: the driver is to bring %q", name, capabilities)
		}
	}
}
