package instance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/daemon"
)

// Keys of instances that an update writes.
const (
	keyUpdate  = "user.lxdocker.update.state" // the mark
	keyRefused = "user.lxdocker.refused"      // the image that did not work, and is not tried again
)

// Roles of instances in an update.
const (
	roleNew    = "new"    // made from the newer image
	roleOld    = "old"    // the one before
	roleFailed = "failed" // the newer one, which did not pass the gate
)

// Steps of instances in an update.
const (
	stepMade     = "made"     // new: beside the old one, which runs
	stepGate     = "gate"     // new: in its place; it has to show that it works
	stepFailed   = "failed"   // new: it has not, and is on its way out
	stepStopping = "stopping" // old: it was asked to stop
	stepMoving   = "moving"   // old: what is in its root file system is being copied
	stepKept     = "kept"     // all: the update has ended; nobody has to do anything
)

// mark is what an update has written down on an instance before it does a step, so that
// whoever finds it after a crash knows what is left to do, or to undo.
type mark struct {
	Role    string    `json:"role"`
	Of      string    `json:"of"` // the name that both want
	Step    string    `json:"step,omitempty"`
	By      string    `json:"by,omitempty"` // the process that works on it
	From    string    `json:"from"`         // fingerprints
	To      string    `json:"to"`
	Running bool      `json:"running,omitempty"` // the old one ran
	Refuse  bool      `json:"refuse,omitempty"`  // To is not to be tried again
	Reason  string    `json:"reason,omitempty"`
	Healthy bool      `json:"healthy,omitempty"` // it goes because somebody wants it, and may end in its own time
	At      time.Time `json:"at"`

	// What is taken away while another instance has it: addresses and starting by itself.
	Parked  bool              `json:"parked,omitempty"`
	Config  map[string]string `json:"config,omitempty"`  // "" if it was not set
	Devices daemon.Devices    `json:"devices,omitempty"` // null for one of a profile, which was overridden

	Made   *moving `json:"made,omitempty"`   // new: the volumes that are made for it
	Moving *moving `json:"moving,omitempty"` // of a move that has not come to its end
}

// markOf reads the mark of an instance; false if it has none.
func markOf(i daemon.Instance) (m mark, ok bool) {
	text := i.Config[keyUpdate]
	return m, text != "" && json.Unmarshal([]byte(text), &m) == nil
}

// markAt reads the mark of what has the name that an update is about. One that came there by
// a copy, or that somebody has renamed, is an instance like others: it keeps what it has.
func markAt(i daemon.Instance) mark {
	m, _ := markOf(i)
	if m.Of != i.Name || m.Role != roleNew && m.Step == stepKept {
		return mark{}
	}
	return m
}

// beside says whether an update has put an instance beside that of the name. A new one has the
// name when its update ends: if another has such a mark, a person has copied or renamed that.
func beside(i daemon.Instance) (m mark, ok bool) {
	m, ok = markOf(i)
	return m, ok && m.Of != "" && i.Name == m.Of+"-"+m.Role && (m.Role != roleNew || m.Step != stepKept)
}

func (m mark) on(i *daemon.Instance) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("marking %s: %w", i.Name, err)
	}
	i.Config[keyUpdate] = string(text)
	return nil
}

// alone are settings of a network device that no two instances of a network may have.
var alone = []string{"hwaddr", "ipv4.address", "ipv6.address"}

const protected = "security.protection.delete"

// park takes from an instance what only one of two of the same name can have, and what
// would start it when the host does. The mark keeps it.
func (m *mark) park(i *daemon.Instance) {
	if m.Parked {
		return
	}
	m.Parked, m.Config, m.Devices = true, map[string]string{}, daemon.Devices{}
	take := func(key string) {
		m.Config[key] = i.Config[key]
		delete(i.Config, key)
	}
	for key := range maps.Clone(i.Config) {
		if strings.HasPrefix(key, "volatile.") && strings.HasSuffix(key, ".hwaddr") {
			take(key)
		}
	}
	// Profiles may say so, too. The next update deletes the one that it keeps.
	if i.Config[protected] != "" || i.ExpandedConfig[protected] != "" {
		take(protected)
		i.Config[protected] = "false"
	}
	delete(i.Config, keyResting) // the mark says that it runs
	take("boot.autostart")
	i.Config["boot.autostart"] = "false"
	i.Devices = i.Devices.Clone()
	for name, device := range i.ExpandedDevices {
		if i.Devices[name] == nil && hasAddress(device) {
			m.Devices[name] = nil // it is of a profile, and overridden meanwhile
			i.Devices[name] = maps.Clone(device)
		}
	}
	for name, device := range i.Devices {
		if !hasAddress(device) {
			continue
		}
		if _, overridden := m.Devices[name]; !overridden {
			m.Devices[name] = maps.Clone(device)
		}
		for _, key := range alone {
			delete(device, key)
		}
	}
}

func hasAddress(d daemon.Device) bool {
	return d["type"] == "nic" && slices.ContainsFunc(alone, func(key string) bool { return d[key] != "" })
}

// unpark gives it back.
func (m *mark) unpark(i *daemon.Instance) {
	if !m.Parked {
		return
	}
	giveBack(i.Config, m.Config)
	i.Devices = i.Devices.Clone()
	for name, device := range m.Devices {
		if device == nil {
			delete(i.Devices, name)
		} else {
			i.Devices[name] = device
		}
	}
	m.Parked, m.Config, m.Devices = false, nil, nil
}

// giveBack sets settings to what they were: "" if they were not set.
func giveBack(config, were map[string]string) {
	for key, value := range were {
		if value == "" {
			delete(config, key)
		} else {
			config[key] = value
		}
	}
}

// successor describes the instance that takes the place of another: all of its settings
// that are not of its image or its past, parked.
func successor(old daemon.Instance, m *mark) (daemon.NewInstance, error) {
	i := old
	i.Config = maps.Clone(old.Config)
	m.park(&i)
	for key := range maps.Clone(i.Config) {
		if strings.HasPrefix(key, "volatile.") || strings.HasPrefix(key, "image.") || key == keyUpdate || key == keyRefused {
			delete(i.Config, key)
		}
	}
	if err := m.on(&i); err != nil {
		return daemon.NewInstance{}, err
	}
	return daemon.NewInstance{Name: newName(old.Name), Description: old.Description, Profiles: old.Profiles, Config: i.Config, Devices: i.Devices,
		Source: daemon.Source{Type: "image", Fingerprint: m.To}}, nil
}

func newName(name string) string    { return name + "-" + roleNew }
func oldName(name string) string    { return name + "-" + roleOld }
func failedName(name string) string { return name + "-" + roleFailed }
