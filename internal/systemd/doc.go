// Package systemd talks to the service manager that started the program: it says how the
// program is doing (sd_notify(3)) and takes over the sockets that the manager opened
// (sd_listen_fds(3)).
//
// If there is no service manager, nothing is said, and there are no sockets. The package does
// not know what the program does, and never decides that it is well: Watch asks for that.
package systemd
