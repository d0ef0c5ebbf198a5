// Package agent keeps the instances of one daemon current, unattended: it looks again and
// again which have a newer image, updates those whose policy says so, in windows and in the
// order in which they need each other, and tells people how that ended.
//
// How one instance is updated is package instance's. What must not be forgotten is on the
// instances: the state that the agent reports is for people, and for the pause after a
// failure. The package writes no files and sends nothing.
package agent
