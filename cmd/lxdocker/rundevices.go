package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lxdocker/internal/command"
	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
)

// parseDevices reads --device, where docker also has names of NVIDIA's toolkit, and --gpus.
func (o *runOptions) parseDevices() error {
	for _, text := range o.devices {
		if card, ok := strings.CutPrefix(text, "nvidia.com/gpu="); ok {
			if card != "all" {
				card = "device=" + card
			}
			o.gpus = strings.TrimPrefix(o.gpus+","+card, ",")
			continue
		}
		d, err := instance.ParseDevice(text)
		if err != nil {
			return command.Usagef("--device %q: %w", text, err)
		}
		o.Devices = append(o.Devices, d)
	}
	if o.gpus == "" {
		return nil
	}
	g, err := instance.ParseGPUs(o.gpus)
	if err != nil {
		return command.Usagef("--gpus %q: %w", o.gpus, err)
	}
	o.GPUs = &g
	return nil
}

// findDevices looks at the devices, if they are on this machine: a folder stands for all that
// are in it.
func (o *runOptions) findDevices(d *daemon.Client) error {
	var all []instance.Device
	for _, device := range o.Devices {
		if d.Address.Socket == "" {
			if device.Host == "/dev/dri" {
				return command.Usagef("--device /dev/dri: %s is another machine, whose devices cannot be seen from here: say --gpus all", d.Name())
			}
			all = append(all, device)
			continue
		}
		found, err := nodes(device)
		if err != nil {
			return fmt.Errorf("--device %s: %w", device.Host, err)
		}
		all = append(all, found...)
	}
	o.Devices = all
	return nil
}

// nodes are a device of this machine, or those of a folder.
func nodes(device instance.Device) (all []instance.Device, err error) {
	err = filepath.WalkDir(device.Host, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		look := os.Lstat // another name in the folder is no other device
		if file == device.Host {
			look = os.Stat
		}
		info, err := look(file)
		if err != nil {
			return err
		}
		system, ok := info.Sys().(*syscall.Stat_t)
		if info.Mode()&fs.ModeDevice == 0 || !ok {
			return nil
		}
		all = append(all, instance.Device{Host: file, Path: filepath.Join(device.Path, strings.TrimPrefix(file, device.Host)),
			Node: &instance.Node{Block: info.Mode()&fs.ModeCharDevice == 0, GID: int(system.Gid), Mode: int(info.Mode().Perm())}})
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("this machine has no such device")
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, fmt.Errorf("it is no device: -v %s:%s has files and folders of the host in the instance", device.Host, device.Path)
	}
	return all, nil
}

// notes are what a person has to know about what was asked for.
func (o *runOptions) notes() (all []string) {
	for _, d := range o.Devices {
		if d.Node == nil {
			all = append(all, fmt.Sprintf("%s belongs to root in the instance: nobody here knows its group on the host. An application that is not root needs `gid=NUMBER` in the settings of the device", d.Path))
		}
	}
	return all
}

const privileged = `--privileged makes root in the instance root of the host: whoever breaks out of the application
owns that machine. It brings no devices: name these with --device and --gpus. A container engine
needs only --privileged=nesting.`

// confirm asks whether --privileged is meant.
func (o *runOptions) confirm(cmd *cobra.Command) error {
	if o.Privileged != instance.PrivilegedHost || o.yes {
		return nil
	}
	stdin, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(stdin.Fd())) || !onTerminal(cmd.ErrOrStderr()) {
		return command.Usagef("%s If it is meant, say --yes, too", strings.ReplaceAll(privileged, "\n", " "))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s\nIs that meant? Type yes: ", privileged)
	answer, _ := bufio.NewReader(stdin).ReadString('\n') // no answer is none
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was made")
	}
	return nil
}
