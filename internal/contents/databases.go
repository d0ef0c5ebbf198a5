package contents

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// databases reads what package managers have noted in an image.
type databases struct {
	packages []Package
	bytes    int64 // that were read
	files    int
}

const (
	maxDatabase = 32 << 20 // bytes of all databases together
	maxFiles    = 1000     // in status.d, where images without a package manager have one for each package
	maxLine     = 4 << 10  // longer ones are passed over
)

// look reads a file if it is a database.
func (d *databases) look(path string, content func() io.Reader) {
	switch {
	case path == "var/lib/dpkg/status", strings.HasPrefix(path, "var/lib/dpkg/status.d/") && !strings.HasSuffix(path, ".md5sums"):
		d.read("dpkg", content, dpkg)
	case path == "lib/apk/db/installed", path == "usr/lib/apk/db/installed":
		d.read("apk", content, apk)
	}
}

// format says which lines of a paragraph are what. Others are passed over.
type format struct{ name, version, architecture, status string }

var (
	dpkg = format{"Package: ", "Version: ", "Architecture: ", "Status: "} // deb-control(5)
	apk  = format{"P:", "V:", "A:", "\n"}                                 // apk-tools, database.c; no line has a status
)

// read takes what it can get: nothing depends on it.
func (d *databases) read(manager string, content func() io.Reader, f format) {
	if d.files++; d.files > maxFiles || d.bytes >= maxDatabase {
		return
	}
	lines := bufio.NewReaderSize(io.LimitReader(content(), maxDatabase-d.bytes), maxLine)
	p := Package{Manager: manager}
	installed := true
	flush := func() {
		if p.Name != "" && installed && len(d.packages) < maxPackages {
			d.packages = append(d.packages, p)
		}
		p, installed = Package{Manager: manager}, true
	}
	for {
		line, err := lines.ReadSlice('\n')
		d.bytes += int64(len(line))
		text := strings.TrimRight(string(line), "\r\n")
		for errors.Is(err, bufio.ErrBufferFull) { // of no field that matters
			text = " "
			line, err = lines.ReadSlice('\n')
			d.bytes += int64(len(line))
		}
		switch {
		case text == "":
			flush()
		case strings.HasPrefix(text, f.name):
			p.Name = word(text[len(f.name):])
		case strings.HasPrefix(text, f.version):
			p.Version = word(text[len(f.version):])
		case strings.HasPrefix(text, f.architecture):
			p.Architecture = word(text[len(f.architecture):])
		case strings.HasPrefix(text, f.status):
			installed = strings.HasSuffix(text, " installed") // others are half there, or only their settings
		}
		if err != nil {
			flush()
			return
		}
	}
}

func word(s string) string {
	s = strings.TrimSpace(s)
	return s[:min(len(s), maxWord)]
}
