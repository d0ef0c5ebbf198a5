// Command sbom prints, as CycloneDX 1.6, which modules are linked into programs. All of it is
// from the programs themselves (debug/buildinfo), so that the same programs give the same bytes.
//
// Usage: sbom VERSION TIME PROGRAM...
//
// TIME is that of the release, as RFC 3339 has it.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: sbom VERSION TIME PROGRAM...")
		os.Exit(2)
	}
	if err := run(os.Stdout, os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, version, time string, programs []string) error {
	var made []cdx.Component
	parts := map[string]cdx.Component{}
	uses := map[string][]string{}
	for _, file := range programs {
		p, err := program(file, version)
		if err != nil {
			return err
		}
		info, err := buildinfo.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading what %s was built from: %w", file, err)
		}
		made = append(made, p)
		for _, m := range modules(info) {
			parts[m.BOMRef] = m
			uses[p.BOMRef] = append(uses[p.BOMRef], m.BOMRef)
		}
	}
	bom := document(version, time, made)
	var all []cdx.Component
	for _, m := range parts {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	all = append(slices.Clone(made), all...)
	bom.Components = &all
	depends := []cdx.Dependency{}
	for _, p := range made {
		of := uses[p.BOMRef]
		slices.Sort(of)
		depends = append(depends, cdx.Dependency{Ref: p.BOMRef, Dependencies: &of})
	}
	bom.Dependencies = &depends
	return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

// document is a bill without its components. Its number is a hash of the programs.
func document(version, time string, programs []cdx.Component) *cdx.BOM {
	bom := cdx.NewBOM()
	var hashes []string
	for _, p := range programs {
		hashes = append(hashes, (*p.Hashes)[0].Value)
	}
	bom.SerialNumber = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join(hashes, " "))).String()
	bom.Metadata = &cdx.Metadata{
		Timestamp: time,
		Component: &cdx.Component{BOMRef: "lxdocker", Type: cdx.ComponentTypeApplication, Name: "lxdocker", Version: version},
	}
	return bom
}

func program(file, version string) (cdx.Component, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return cdx.Component{}, err
	}
	sum := sha256.Sum256(data)
	name := filepath.Base(file)
	return cdx.Component{
		BOMRef: "program:" + name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
		Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
	}, nil
}

// modules lists what is linked in, and Go's standard library.
func modules(info *buildinfo.BuildInfo) []cdx.Component {
	all := []cdx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		all = append(all, library(d.Path, d.Version))
	}
	return all
}

func library(path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
}
