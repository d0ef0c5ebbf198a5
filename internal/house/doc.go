// Package house holds no code: its test keeps the rules of who may import whom
// (docs/architecture.md).
package house
