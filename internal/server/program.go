package server

import (
	"strings"

	"lxdocker/internal/imageapi"
)

// programs are told by the first word of their User-Agent.
var programs = []struct{ prefix, name string }{
	{"Mozilla/", "browser"},
	{"curl/", "curl"},
	{"Wget/", "wget"},
	{"Go-http-client/", "go"},
	{"python-", "python"},
	{"Python-", "python"},
}

// programOf is the kind of program that a User-Agent says to be. There are few, so that a log
// can be counted by them; the whole text is beside it.
func programOf(userAgent string) string {
	if name := imageapi.Program(userAgent); name != "" {
		return name
	}
	for _, p := range programs {
		if strings.HasPrefix(userAgent, p.prefix) {
			return p.name
		}
	}
	if userAgent == "" {
		return "none"
	}
	return "other"
}
