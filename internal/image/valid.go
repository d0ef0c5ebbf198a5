package image

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SerialLayout is the form of serials, for time.Format. It has a fixed width because clients take the greatest string for
// the newest version, and starts with the date because they parse that part.
const SerialLayout = "20060102_150405"

// ValidName says whether a word can be the name of a product.
func ValidName(s string) bool { return validWord(s, 200, "._-") }

// ValidArchitecture says whether a word can be an architecture.
func ValidArchitecture(s string) bool { return validWord(s, 32, "_") }

// ValidFileName says whether a word can be the name of a file of an image. It
// keeps out the files that tell about a version, which belong to the store.
func ValidFileName(s string) bool {
	return validWord(s, 64, "._-") && s != "version.json" && s != "retired.json" && s != "contents.zst"
}

// ValidSerial says whether a word can be a serial.
func ValidSerial(s string) bool {
	t, err := time.Parse(SerialLayout, s)
	return err == nil && t.Format(SerialLayout) == s
}

// validWord says whether s is made of ASCII letters, digits and the characters
// of also, and starts with a letter or digit: no dot file, no option, no "..".
func validWord(s string, most int, also string) bool {
	if s == "" || len(s) > most || strings.IndexByte(also, s[0]) >= 0 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte(also, c) < 0 {
			return false
		}
	}
	return true
}

// validAlias refuses what cannot be asked for: clients get all aliases of an
// image in one string with commas between them.
func validAlias(s string) bool {
	bad := func(r rune) bool { return r == ',' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return s != "" && len(s) <= 255 && utf8.ValidString(s) && strings.IndexFunc(s, bad) < 0
}

func validSum(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// Check says what is wrong with a version that is to be published or was read.
func (v Version) Check() error {
	switch {
	case !ValidName(v.Name):
		return fmt.Errorf("%.100q cannot be the name of an image: letters, digits, dots, dashes and underscores can, a letter or digit first", v.Name)
	case !ValidArchitecture(v.Architecture):
		return fmt.Errorf("%.100q cannot be an architecture", v.Architecture)
	case !ValidSerial(v.Serial):
		return fmt.Errorf("%.100q is not a serial of the form YYYYMMDD_HHMMSS", v.Serial)
	case !validSum(v.Fingerprint):
		return fmt.Errorf("%.100q is not a fingerprint", v.Fingerprint)
	}
	for _, a := range v.Aliases {
		if !validAlias(a) {
			return fmt.Errorf("%.100q cannot be an alias: commas, spaces and control characters are not allowed", a)
		}
	}
	switch _, ok := v.File(Tarball); {
	case ok && !validSum(v.TarballFingerprint):
		return fmt.Errorf("%.100q is not the fingerprint of an image with a tarball", v.TarballFingerprint)
	case !ok && v.TarballFingerprint != "":
		return errors.New("there is the fingerprint of an image with a tarball, but no tarball")
	}
	return CheckFiles(v.Files)
}

func kinds(files []File) (all []string) {
	for _, f := range files {
		all = append(all, f.Kind)
	}
	return all
}

// CheckFiles says what is wrong with the files of a version.
func CheckFiles(files []File) error {
	names := map[string]bool{}
	for _, f := range files {
		switch {
		case names[f.Name]:
			return fmt.Errorf("two files are named %s", f.Name)
		case !ValidFileName(f.Name):
			return fmt.Errorf("%.100q cannot be the name of a file of an image", f.Name)
		case f.Size < 0:
			return fmt.Errorf("file %s has the size %d", f.Name, f.Size)
		case !validSum(f.SHA256):
			return fmt.Errorf("file %s has no sha256 sum", f.Name)
		}
		names[f.Name] = true
	}
	for _, f := range files {
		if (f.Kind == Delta) != ValidSerial(f.Base) {
			return fmt.Errorf("file %s of the kind %s has the base %.100q", f.Name, f.Kind, f.Base)
		}
	}
	all := strings.Join(kinds(files), "+")
	switch strings.TrimPrefix(all, Delta+"+") {
	case Metadata + "+" + Squashfs, Metadata + "+" + Squashfs + "+" + Tarball:
		return nil
	}
	if all == Unified {
		return nil
	}
	return errors.New("an image is either the files metadata and squashfs, with or without a tarball and a delta, or one unified file")
}
