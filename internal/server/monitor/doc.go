// Package monitor answers whoever watches a server, on a listener of its own: plain HTTP
// on a loopback address or a unix socket.
//
//	/healthz   200 while the process answers
//	/readyz    200 while the server can do its work, else 503 and a sentence
//	/metrics   what package metrics shows
//
// What it shows has no names of images, clients or files of this machine: every user of
// the machine can ask a loopback address. It never answers on the public listener, and
// knows nothing of what it is that is ready.
package monitor
