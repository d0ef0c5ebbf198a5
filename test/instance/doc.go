// Package instance has tests of packages daemon and instance, and of the commands that run
// instances, on real LXD and Incus.
package instance
