package registry

import (
	"net/http"
	"net/url"
	"regexp"
)

// realmPath is where go-containerregistry is told to get tokens: at the registry. It
// refuses a realm with a private address and another port than the registry's, which is
// how GitLab is reached by its address. Whether a token service may be asked is decided
// here, where requests are sent: by route, and by guard.
const realmPath = "/.lxdocker-token"

var realmParameter = regexp.MustCompile(`(?i)\brealm="([^"]*)"`)

// hideRealm puts a path of the registry in place of the realm in challenges, and returns
// what stood there; nil if there is none.
func (e endpoint) hideRealm() (challenge []string, realm *url.URL) {
	for _, c := range e.challenge {
		if m := realmParameter.FindStringSubmatchIndex(c); m != nil && asksForToken([]string{c}) {
			if u, err := url.Parse(c[m[2]:m[3]]); err == nil && u.Host != "" {
				at := url.URL{Scheme: e.scheme, Host: e.host, Path: realmPath, RawQuery: u.RawQuery}
				realm, c = u, c[:m[2]]+at.String()+c[m[3]:]
			}
		}
		challenge = append(challenge, c)
	}
	return challenge, realm
}

// toRealm is the request for a token as it has to be sent.
func toRealm(req *http.Request, realm *url.URL) *http.Request {
	sent := req.Clone(req.Context())
	to := *realm
	to.RawQuery = req.URL.RawQuery
	sent.URL, sent.Host = &to, ""
	return sent
}
