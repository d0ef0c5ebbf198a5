package instance

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// GPUs are the graphics cards that are asked for: all, some, or those of numbers, UUIDs or
// PCI addresses.
type GPUs struct {
	All          bool
	Count        int
	IDs          []string
	Capabilities string // of NVIDIA's driver: compute,utility; "": those that the image asks for
}

// ParseGPUs reads the value of docker's --gpus: all, 2, device=0, "device=0,1", with
// capabilities=LIST.
func ParseGPUs(text string) (g GPUs, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.LazyQuotes = true
	fields, err := r.Read()
	if err != nil {
		return g, fmt.Errorf("it is all, a number, or device=N")
	}
	last := ""
	for _, field := range fields {
		key, value, found := strings.Cut(field, "=")
		if !found {
			key, value = "count", field
			if last == "device" || last == "capabilities" { // quotes are easily forgotten
				key = last
			}
		}
		if last = key; value == "" {
			return g, fmt.Errorf("%q has no value", field)
		}
		switch key {
		case "count":
			if g.All = value == "all" || value == "-1"; g.All {
				continue
			}
			if g.Count, err = strconv.Atoi(value); err != nil || g.Count < 1 {
				return g, fmt.Errorf("%q is neither all nor a number of cards", value)
			}
		case "device":
			g.IDs = append(g.IDs, strings.Split(value, ",")...)
		case "capabilities":
			g.Capabilities = strings.Trim(g.Capabilities+","+value, ",")
		case "driver":
		default:
			return g, fmt.Errorf("%q is none of count, device, capabilities and driver", key)
		}
	}
	if !g.All && g.Count == 0 && len(g.IDs) == 0 {
		g.All = true // as docker has it for --gpus capabilities=utility
	}
	return g, nil
}

// numbered are the cards that numbers mean: docker knows those of NVIDIA only, so they come
// first where there are some.
func numbered(cards []daemon.GPU) (numbers []int) {
	nvidia := slices.ContainsFunc(cards, daemon.GPU.NVIDIA)
	for n, c := range cards {
		if c.NVIDIA() == nvidia {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// card finds a card by what a person calls it; -1 if it is none.
func card(cards []daemon.GPU, id string) int {
	if n, err := strconv.Atoi(id); err == nil {
		if numbers := numbered(cards); n >= 0 && n < len(numbers) {
			return numbers[n]
		}
		return -1
	}
	uuid := func(text string) string { return strings.TrimPrefix(strings.ToLower(text), "gpu-") }
	return slices.IndexFunc(cards, func(c daemon.GPU) bool {
		return c.PCI != "" && strings.EqualFold(c.PCI, id) || c.UUID != "" && strings.HasPrefix(uuid(c.UUID), uuid(id))
	})
}

// chosen are the cards that are asked for, of those that there are.
func (g GPUs) chosen(cards []daemon.GPU) (chosen []int, err error) {
	numbers := numbered(cards)
	switch {
	case len(cards) == 0:
		return nil, failure.Errorf(failure.NotFound, "the daemon's machine has no graphics card with a driver")
	case g.Count > len(numbers):
		return nil, failure.Errorf(failure.NotFound, "the daemon's machine has no %d graphics cards: it has %s", g.Count, named(cards))
	}
	chosen = numbers[:g.Count]
	if g.All {
		for n := range cards {
			chosen = append(chosen, n)
		}
	}
	for _, id := range g.IDs {
		n := card(cards, id)
		if n < 0 {
			return nil, failure.Errorf(failure.NotFound, "the daemon's machine has no graphics card %s: it has %s", id, named(cards))
		}
		chosen = append(chosen, n)
	}
	return chosen, nil
}

// named lists cards by what a person can call them.
func named(cards []daemon.GPU) string {
	numbers := numbered(cards)
	var all []string
	for n, c := range cards {
		name := strings.TrimSpace(c.PCI + " " + c.UUID)
		if number := slices.Index(numbers, n); number >= 0 {
			name = strings.TrimSpace(fmt.Sprintf("%d %s", number, name))
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// devices are those of the cards that are asked for, and the settings that they need. cdi
// says that the daemon takes the names of NVIDIA's container toolkit.
func (g GPUs) devices(cards []daemon.GPU, cdi bool) (devices daemon.Devices, settings map[string]string, err error) {
	chosen, err := g.chosen(cards)
	if err != nil {
		return nil, nil, err
	}
	devices, settings = daemon.Devices{}, map[string]string{}
	number := -1 // of NVIDIA's cards
	for n, c := range cards {
		if c.NVIDIA() {
			number++
		}
		switch {
		case !slices.Contains(chosen, n):
		case c.NVIDIA() && cdi && g.All:
			devices["nvidia"] = daemon.Device{"type": "gpu", "id": "nvidia.com/gpu=all"}
		case c.NVIDIA() && cdi:
			devices[fmt.Sprintf("gpu%d", n)] = daemon.Device{"type": "gpu", "id": fmt.Sprintf("nvidia.com/gpu=%d", number)}
		default:
			devices[fmt.Sprintf("gpu%d", n)] = gpu(c)
			if c.NVIDIA() {
				settings["nvidia.runtime"] = "true"
			}
		}
	}
	if settings["nvidia.runtime"] != "" && g.Capabilities != "" {
		settings["nvidia.driver.capabilities"] = g.Capabilities
	}
	return devices, settings, nil
}

// gpu is the device of a card. The guest adds the group of its files to those of the
// application, so any will do.
func gpu(c daemon.GPU) daemon.Device {
	device := daemon.Device{"type": "gpu", "gid": "44", "mode": "0660"}
	if c.PCI != "" {
		device["pci"] = c.PCI
	} else {
		device["id"] = c.DRM
	}
	return device
}

// extensionCDI is of LXD, whose later versions have the names of NVIDIA's container toolkit in
// place of nvidia.runtime.
const extensionCDI = "gpu_cdi"

// addGPUs adds the graphics cards to what is to be made.
func (o Options) addGPUs(ctx context.Context, d *daemon.Client, devices daemon.Devices, settings map[string]string) error {
	if o.GPUs == nil {
		return nil
	}
	cards, err := d.GPUs(ctx)
	if err != nil {
		return fmt.Errorf("looking which graphics cards %s has: %w", d.Name(), err)
	}
	more, needed, err := o.GPUs.devices(cards, d.Server.Has(extensionCDI))
	if err != nil {
		return fmt.Errorf("--gpus: %w", err)
	}
	maps.Copy(devices, more)
	maps.Copy(settings, needed)
	return nil
}

// wantsNVIDIA says what a person has to do for an image that asks for NVIDIA's cards in its
// environment, if they have not been asked for; and what its driver is to bring.
func wantsNVIDIA(name, kind string, cdi bool, env []string, given *GPUs) (note, capabilities string) {
	wanted := map[string]string{}
	for _, variable := range env {
		key, value, _ := strings.Cut(variable, "=")
		wanted[key] = value
	}
	capabilities = wanted["NVIDIA_DRIVER_CAPABILITIES"]
	switch wanted["NVIDIA_VISIBLE_DEVICES"] {
	case "", "void", "none":
		return "", capabilities
	}
	if given != nil {
		return "", capabilities
	}
	client := map[string]string{daemon.LXD: "lxc", daemon.Incus: "incus"}[kind]
	note = "the image is made for graphics cards of NVIDIA: run it with --gpus all, or, if the host has its driver and container toolkit, add them to this instance:\n"
	if cdi {
		return note + fmt.Sprintf("  %s config device add %s gpu gpu id=nvidia.com/gpu=all\n  %s restart %s", client, name, client, name), capabilities
	}
	more := ""
	if capabilities != "" {
		more = " nvidia.driver.capabilities=" + capabilities
	}
	return note + fmt.Sprintf("  %s config device add %s gpu gpu gid=44\n  %s config set %s nvidia.runtime=true%s\n  %s restart %s", client, name, client, name, more, client, name), capabilities
}
