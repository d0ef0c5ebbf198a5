// Package notice sends what a program that nobody watches has to say: to a webhook, and to a
// command. Both get a JSON document, whose meaning is its author's. Who sends does not wait.
package notice
