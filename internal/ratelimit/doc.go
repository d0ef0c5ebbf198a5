// Package ratelimit limits how often each client does something: a leaky bucket for each. What is
// remembered has a bound, and never are all clients forgotten at once: who has used up what is
// allowed could otherwise start anew by asking from many addresses. The package never reads a
// clock, and does not know what is limited.
package ratelimit
