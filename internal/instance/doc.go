// Package instance runs images of lxdocker as instances of LXD and Incus: it turns what a
// person asks for, in docker's words, into settings and devices, makes what that needs, and
// takes it away again if it fails; it says what runs and how it ended, and shows its output.
//
// Where an image comes from is an interface, which programs fill: the package never
// imports what converts images. It prints nothing, reads no disk, and knows no flags.
package instance
