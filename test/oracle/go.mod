module lxdocker/test/oracle

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/moby/go-archive v0.3.3
	golang.org/x/sys v0.49.0
	lxdocker v0.0.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/containerd/log v0.1.0 // indirect
	github.com/moby/patternmatcher v0.6.1 // indirect
	github.com/moby/sys/sequential v0.7.0 // indirect
	github.com/moby/sys/user v0.4.1 // indirect
	github.com/moby/sys/userns v0.1.0 // indirect
	github.com/sirupsen/logrus v1.9.4 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace lxdocker => ../..
