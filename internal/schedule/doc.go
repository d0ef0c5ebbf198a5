// Package schedule reads when something is to happen again and again, in the five fields of
// crontab(5), and finds the next time. It reads no clock and waits for nothing.
package schedule
