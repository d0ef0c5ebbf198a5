// Bench measures lxdocker beside the tools that one would otherwise combine, in one run, on
// the same machine, with the same images from the same registry, and says whether the goals
// are met.
//
//	go run ./test/bench [conversions [IMAGE]|starts|launches|instances [IMAGE]|growth|serving]     (as root, in the repository)
//
// Every figure is of this machine at this moment; only the ratios mean something elsewhere.
// Memory is the largest sum of the resident memory of a step's process and its children at
// one moment, sampled every 10 ms. Before each step the disk is idle, so that nobody waits
// for data that another tool wrote.
package main
