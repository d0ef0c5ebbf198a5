// Package spec reads the YAML files that say which images to make.
//
// It turns each file into a Spec, strictly: an unknown key, a wrong type, a value that cannot
// work and two specs that claim the same name are diagnostics (package diag). Those of all
// files are returned in one error, so that they can be corrected in one go. The package also
// reads the files that a spec puts into its image, and generates the JSON schema that gives
// editors the same rules. Tables define the keys: specKeys (keys.go), healthKeys
// (healthcheck.go), verifyKeys (verify.go) and fileKeys (filekeys.go).
//
// The package never asks a registry (it cannot know whether an image exists), never runs a
// program, and lets no spec read a file outside of its folder.
package spec
