// Package version holds the version of this source tree: what `version` prints
// and what registries read in the User-Agent. It knows nothing else.
package version

// Version follows semantic versioning; CHANGELOG.md says what each one brought.
const Version = "0.1.0"
