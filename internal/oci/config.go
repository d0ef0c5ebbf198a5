package oci

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Config is how an image is to be run (OCI image-spec config.md). Its text comes from
// the image unchecked.
type Config struct {
	Entrypoint  []string
	Cmd         []string
	Env         []string // "NAME=value"
	User        string
	WorkingDir  string
	StopSignal  string
	Healthcheck *Healthcheck // nil if there is none that can be used
	Shell       []string     // for shell forms; nil is ["/bin/sh", "-c"]
	Volumes     []string     // sorted paths
	Ports       []string     // sorted: "80/tcp"; for people

	// Labels are those that have a meaning to people, by their names without
	// "org.opencontainers.image.".
	Labels map[string]string
}

// ImageConfig is the config blob: a Config, and what identifies the image.
type ImageConfig struct {
	Config  Config
	Created time.Time // zero if it does not say
	DiffIDs []string  // of the layers, the lowest first

	platform Platform // zero if it does not say
	os       string
}

// words is a list of arguments. Docker before 1.10 also wrote a single string.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err == nil {
		*w = list
		return nil
	}
	var one string
	if err := json.Unmarshal(b, &one); err != nil {
		return fmt.Errorf("neither a list of strings nor a string")
	}
	*w = words{one}
	return nil
}

// ParseConfig reads a config blob. It ignores fields that are not used, so that
// invalid values there do no harm.
func ParseConfig(raw []byte) (ImageConfig, error) {
	var c struct {
		Architecture string `json:"architecture"`
		Variant      string `json:"variant"`
		OS           string `json:"os"`
		Created      string `json:"created"`
		Config       struct {
			Entrypoint  words                      `json:"Entrypoint"`
			Cmd         words                      `json:"Cmd"`
			Env         []string                   `json:"Env"`
			User        string                     `json:"User"`
			WorkingDir  string                     `json:"WorkingDir"`
			StopSignal  string                     `json:"StopSignal"`
			Healthcheck json.RawMessage            `json:"Healthcheck"`
			Shell       json.RawMessage            `json:"Shell"`
			Volumes     map[string]json.RawMessage `json:"Volumes"`
			Ports       json.RawMessage            `json:"ExposedPorts"`
			Labels      json.RawMessage            `json:"Labels"`
		} `json:"config"`
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := CheckValues(raw); err != nil {
		return ImageConfig{}, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return ImageConfig{}, corruptf("it is not the JSON of an image config: %w", err)
	}
	for _, id := range c.RootFS.DiffIDs {
		if !ValidDigest(id) {
			return ImageConfig{}, corruptf("its diffID %q is no sha256 digest", id)
		}
	}
	img := ImageConfig{
		Config: Config{
			Entrypoint:  c.Config.Entrypoint,
			Cmd:         c.Config.Cmd,
			Env:         c.Config.Env,
			User:        c.Config.User,
			WorkingDir:  c.Config.WorkingDir,
			StopSignal:  c.Config.StopSignal,
			Healthcheck: parseHealthcheck(c.Config.Healthcheck),
			Shell:       parseShell(c.Config.Shell),
			Volumes:     slices.Sorted(maps.Keys(c.Config.Volumes)),
			Ports:       parsePorts(c.Config.Ports),
			Labels:      parseLabels(c.Config.Labels),
		},
		os:      strings.ToLower(c.OS),
		DiffIDs: c.RootFS.DiffIDs,
	}
	if c.Architecture != "" {
		img.platform = Platform{c.Architecture, c.Variant}.normal()
	}
	if t, err := time.Parse(time.RFC3339Nano, c.Created); err == nil {
		img.Created = t.UTC()
	}
	return img, nil
}

// parsePorts returns nothing for what is wrong: nothing depends on it.
func parsePorts(raw json.RawMessage) []string {
	var ports map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &ports) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(ports))
}

// Fits returns the platform of an image according to its config, and whether it fits
// want. A config without a platform is taken to be for want, as by Docker.
func (c ImageConfig) Fits(want Platform) (Platform, bool) {
	if c.os != "linux" && c.os != "" {
		return Platform{}, false
	}
	if c.platform == (Platform{}) {
		return want.normal(), true
	}
	_, ok := distance(want, c.platform)
	return c.platform, ok
}

// PlatformName returns the platform in the config, for error messages.
func (c ImageConfig) PlatformName() string {
	s := c.platform.String()
	if c.os != "" {
		s = c.os + strings.TrimPrefix(s, "linux")
	}
	return clean(s)
}
