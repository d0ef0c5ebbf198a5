// Package monitor answers those who watch a server, on a listener of its own: plain HTTP on a
// loopback address or a unix socket.
//
//	/healthz       200 while the process answers
//	/readyz        200 while the server can do its work, else 503 and a sentence
//	/metrics       the figures of package metrics
//	/              for browsers, the last day in small plots
//	/assets/       what that page needs
//	/activity      what is being converted for whom; on a unix socket alone
//	/debug/pprof/  profiles of the program; the same
//
// The other answers contain no names of images, clients or files, because any user of the
// machine can ask a loopback address. The package never uses the public listener, and does not know
// what being ready means.
package monitor
