package forwarded

import (
	"errors"
	"strings"
)

var errSyntax = errors.New("this is no Forwarded header")

// standard reads Forwarded headers: elements with commas between, of pairs with semicolons
// between, whose values may be quoted (RFC 7239, section 4). An element without "for" has an
// empty one, which is no address.
func standard(lines []string) (hops, protocols []string, err error) {
	for _, line := range lines {
		elements, err := split(line, ',')
		if err != nil {
			return nil, nil, err
		}
		for _, element := range elements {
			hop, protocol, err := pairs(element)
			if err != nil {
				return nil, nil, err
			}
			hops = append(hops, hop)
			if protocol != "" {
				protocols = append(protocols, protocol)
			}
		}
	}
	return hops, protocols, nil
}

func pairs(element string) (hop, protocol string, err error) {
	all, err := split(element, ';')
	if err != nil {
		return "", "", err
	}
	for _, pair := range all {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		if value, ok = unquote(value, ok); !ok {
			return "", "", errSyntax
		}
		switch strings.ToLower(name) {
		case "for":
			hop = value
		case "proto":
			protocol = value
		}
	}
	return hop, protocol, nil
}

// unquote gives a token, or what a quoted string says.
func unquote(value string, ok bool) (string, bool) {
	if !ok || !strings.HasPrefix(value, `"`) {
		return value, ok
	}
	if len(value) < 2 || !strings.HasSuffix(value, `"`) {
		return "", false
	}
	var b strings.Builder
	escaped := false
	for _, c := range []byte(value[1 : len(value)-1]) {
		if c == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteByte(c)
	}
	return b.String(), !escaped
}

// split splits at a character that is not in quotes.
func split(text string, at byte) (parts []string, err error) {
	quoted, escaped, begin := false, false, 0
	for i := range len(text) {
		switch c := text[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	if quoted {
		return nil, errSyntax
	}
	return append(parts, text[begin:]), nil
}
