package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/durable"
	"lxdocker/internal/runs"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/status"
	"lxdocker/internal/store/dir"
)

// errNeedsPerson ends a status that is not well; the report has said why.
var errNeedsPerson = errors.New("something needs a person")

// statusOptions are the flags of `lxdocker status`.
type statusOptions struct {
	published
	cert, textfile string
	json, quiet    bool
}

func statusCommand() *cobra.Command {
	o := new(statusOptions)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell whether all is well: the last run, what fails and why, disks, the certificate",
		Long: `Tell in one look whether all is well: how the last run ended, of lxdocker or of an
imgserver with --specs; which images fail, why, since when, and what to do; what is pinned
or held back; how much room there is; and until when the certificate is valid.

Nothing is asked of registries, and nothing is changed, but for FILE of --textfile.

Exit codes: 0 all is well, 1 that could not be told, 2 wrong usage, 3 something needs a
person: a run failed or was killed, an image fails (one on demand for reasons that pass
only after a day), a spec is wrong, a version is damaged, a disk is full, or a certificate
ends within 14 days.`,
		Example: `  lxdocker status --lxdimages images
  lxdocker status --lxdimages images --json
  lxdocker status --lxdimages images --quiet --textfile /var/lib/prometheus/node-exporter/lxdocker.prom`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.cert, "cert", "", "`FILE` of the certificate that imgserver serves with, if it was not made by imgserver")
	f.StringVar(&o.textfile, "textfile", "", "also write `FILE`, whose name ends in .prom, for the textfile collector of Prometheus' node_exporter")
	f.BoolVar(&o.json, "json", false, "print everything as JSON")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing if all is well")
	return cmd
}

func (o *statusOptions) run(cmd *cobra.Command) error {
	if o.textfile != "" && filepath.Ext(o.textfile) != ".prom" {
		return command.Usagef("--textfile %s: node_exporter reads only files whose names end in .prom", o.textfile)
	}
	images, now, err := o.open(cmd)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: run lxdocker first, or check the spelling of --lxdimages", err)
	case err != nil:
		return err
	}
	keeper := images.(*dir.Store)
	from := status.Sources{Now: time.Now(), Snapshot: now, Marked: keeper.Marked}
	from.Record, from.RecordError = runs.Read(keeper, from.Now)
	if from.Disks, err = o.disks(keeper, from.Record); err != nil {
		return err
	}
	if from.Certificates, err = o.certificates(from.Record, from.Now); err != nil {
		return err
	}
	report := status.New(from)
	if o.textfile != "" {
		if err := writeTextfile(o.textfile, report, images); err != nil {
			return err
		}
	}
	switch {
	case o.quiet && report.OK:
	case o.json:
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetIndent("", "  ")
		err = out.Encode(report)
	default:
		printStatus(cmd.OutOrStdout(), report)
	}
	if err == nil && !report.OK {
		err = errNeedsPerson
	}
	return err
}

// disks are those of the images, and of the cache if somebody has noted where it is.
func (o *statusOptions) disks(images interface{ Space() (durable.Space, error) }, record *runs.Record) ([]status.Disk, error) {
	space, err := images.Space()
	if err != nil {
		return nil, err
	}
	all := []status.Disk{{Of: "images", Folder: space.Folder, Free: space.Free, Size: space.Total}}
	if record == nil || record.Cache == nil {
		return all, nil
	}
	c := record.Cache
	at := c.At
	disk := status.Disk{Of: "cache", Folder: c.Folder, Bytes: c.Bytes, Measured: &at, Limit: c.Limit}
	if space, err := durable.SpaceOf(c.Folder); err == nil { // else it is gone, or of another machine
		disk.Free, disk.Size = space.Free, space.Total
	}
	return append(all, disk), nil
}

// certificates are those of names, and that of --cert, or else those of servers that convert, and the one that an
// imgserver on this folder has made.
func (o *statusOptions) certificates(record *runs.Record, now time.Time) (all []status.Certificate, err error) {
	folder, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	named := namedCertificates(folder+"-tls", now)
	if o.cert != "" {
		about, err := certificate.Read(o.cert, now)
		return append([]status.Certificate{certificateOf(o.cert, about, err)}, named...), nil
	}
	files := []string{certificate.Own(folder + "-tls").Cert}
	if record != nil {
		for _, s := range record.Servers {
			if s.Cert != "" && s.Ended == nil && !slices.Contains(files, s.Cert) {
				files = append(files, s.Cert)
			}
		}
	}
	for _, file := range files {
		about, err := certificate.Read(file, now)
		if !errors.Is(err, fs.ErrNotExist) {
			all = append(all, certificateOf(file, about, err))
		}
	}
	return append(all, named...), nil
}

// namedCertificates are those of names that an imgserver on this folder has of an authority.
func namedCertificates(folder string, now time.Time) (all []status.Certificate) {
	names, err := certificate.ReadNames(folder, now)
	if err != nil {
		return []status.Certificate{{File: folder, Problem: err.Error(), Next: "remove the file: imgserver writes it again when it starts"}}
	}
	for _, n := range names {
		c := status.Certificate{File: n.File, Name: n.Name, Fingerprint: n.Fingerprint, Until: n.Until, Problem: n.Problem}
		if f := n.Failure; f != nil {
			c.Renewal, c.Since, c.Next = f.Error, &f.Since, f.Next+"; imgserver tries again"
		}
		all = append(all, c)
	}
	return all
}

// certificateOf says of a certificate that cannot be read why that is so.
func certificateOf(file string, about certificate.About, err error) status.Certificate {
	if err != nil {
		return status.Certificate{File: file, Problem: err.Error()}
	}
	return status.Certificate{File: file, Fingerprint: about.Fingerprint, Until: about.Until, Problem: about.Problem}
}
