// Package guesttest makes what tests put into images in place of the real thing.
package guesttest
