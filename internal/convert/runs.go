package convert

import (
	"strings"

	"lxdocker/internal/image"
)

// runs is what people are told of what the image runs.
func (c *Conversion) runs() *image.Runs {
	p := process(c.source.Config, c.Edits)
	r := image.Runs{
		Entrypoint: p.Entrypoint, Cmd: p.Cmd, User: p.User, WorkDir: p.WorkDir, StopSignal: p.StopSignal,
		Ports: c.source.Config.Ports, Volumes: p.Volumes, Labels: c.source.Config.Labels,
	}
	for _, entry := range p.Env {
		name, _, _ := strings.Cut(entry, "=")
		r.Environment = append(r.Environment, name)
	}
	if p.Health != nil {
		r.Health = p.Health.Argv
	}
	for _, l := range c.source.Layers {
		r.LayerSizes = append(r.LayerSizes, l.Size)
	}
	return r.Bounded()
}
