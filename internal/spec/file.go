package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lxdocker/internal/spec/diag"
)

// change is one element of files: its keys and their values.
type change struct {
	at     diag.Node
	values map[string]diag.Entry
	meant  map[string]bool // misspelt keys, by the key that was meant
}

func (r *reader) entry(n diag.Node) change {
	e := change{n, make(map[string]diag.Entry), make(map[string]bool)}
	for _, one := range r.Entries(n) {
		if _, ok := fileKeys.find(one.Key); ok {
			e.values[one.Key] = one
		} else {
			e.meant[r.Unknown(one, fileKeys.keys())] = true
		}
	}
	return e
}

// file reads what a change does, with which mode and owner.
func (r *reader) file(e change) (f File, ok bool) {
	reported := r.Reported()
	ok = r.oneAction(e)
	for _, k := range fileKeys {
		if v, has := e.values[k.name]; has && r.meaningful(e, k) {
			k.read(r, v, &f)
		}
	}
	return f, ok && r.Reported() == reported
}

// meaningful checks that a key has a meaning for what the entry does.
func (r *reader) meaningful(e change, k key[File]) bool {
	for _, action := range k.notFor {
		if _, has := e.values[action]; has {
			r.Wrong(e.values[k.name].At, k.name+" means nothing for "+action, "leave it out")
			return false
		}
	}
	return true
}

// oneAction checks that an entry says exactly one thing to do.
func (r *reader) oneAction(e change) bool {
	var first string
	said := false // by a misspelt key
	for _, action := range actions() {
		v, has := e.values[action]
		said = said || e.meant[action]
		switch {
		case !has:
		case first == "":
			first = action
		default:
			r.Wrong(v.At, fmt.Sprintf("an entry cannot have both %s and %s", first, action), "make two entries of it, or leave one out")
		}
	}
	if first == "" && !said {
		r.Wrong(e.at, "an entry of files that does nothing", "give it one of "+strings.Join(actions(), ", "))
	}
	return first != ""
}

// onlyTrueRule is what onlyTrue takes.
func onlyTrueRule() *rule { return anyOf(&rule{Const: true}, yes()) }

// onlyTrue reads a key that is either true or absent.
func (r *reader) onlyTrue(e diag.Entry) bool {
	v, ok := r.Bool(e)
	if ok && !v {
		r.WrongValue(e, e.Key+": false says nothing", "leave it out")
	}
	return v
}

func (r *reader) target(e diag.Entry) string {
	target, ok := r.Text(e, "symlink")
	if ok && (target == "" || len(target) > 4095) {
		r.WrongValue(e, "symlink needs a target", "write what it points to, of at most 4095 bytes")
	}
	return target
}

func (r *reader) content(e diag.Entry, what string) *[]byte {
	s, ok := r.Written(e, what)
	if !ok {
		return nil
	}
	return r.count(e, []byte(s))
}

// contentOf reads a file in the folder of the spec. Its mode on this disk is
// ignored, because it differs from one checkout to the next.
func (r *reader) contentOf(e diag.Entry) *[]byte {
	name, ok := r.Text(e, "source")
	if !ok {
		return nil
	}
	if name == "" {
		r.WrongValue(e, "source has no value", "name a file beside the spec")
		return nil
	}
	data, err := r.source(name)
	if err != nil {
		r.WrongValue(e, fmt.Sprintf("source %s cannot be read: %s", diag.Quote(name), err),
			"a source is a file of up to 16 MiB in the folder of the spec, named relative to it; links must stay in the folder, too")
		return nil
	}
	return r.count(e, data)
}

// count limits the contents of one spec, which are kept in memory. With YAML
// aliases, a small file can repeat one content many times.
func (r *reader) count(e diag.Entry, data []byte) *[]byte {
	if r.contents += len(data); r.contents > maxContents {
		r.WrongValue(e, "the files of the spec are bigger than 64 MiB together", "big data belongs in the OCI image, or on a disk device")
		return nil
	}
	return &data
}

const modeDigits = `[0-7]{3,4}`

var modeForm = regexp.MustCompile(`^0?` + modeDigits + `$`)

// mode reads permissions in octal. A number without a leading 0 is refused, because
// YAML reads 644 as decimal, which is 01204.
func (r *reader) mode(e diag.Entry) *uint32 {
	s, ok := r.Text(e, "mode")
	if !ok {
		return nil
	}
	digits := strings.Replace(s, "0o", "0", 1)
	bits, err := strconv.ParseUint(digits, 8, 32)
	if e.Value.IsInteger() && err == nil && !strings.HasPrefix(digits, "0") {
		r.WrongValue(e, "mode "+diag.Quote(s)+" needs a leading 0", "permissions are octal: write 0"+digits+`, or "0`+digits+`" in quotes`)
		return nil
	}
	if !modeForm.MatchString(digits) || err != nil {
		r.WrongValue(e, "mode "+diag.Quote(s)+" is not valid", "write three or four octal digits after a 0, like 0644, or 04755 with setuid")
		return nil
	}
	mode := uint32(bits)
	return &mode
}

// maxOwner is the largest number of a user or group. To the kernel, the next one
// means "no change".
const maxOwner uint32 = 1<<32 - 2

func (r *reader) number(e diag.Entry) uint32 {
	if !e.Value.IsInteger() {
		r.WrongType(e, e.Key, "a number", "names are not known here: write the number that the image has for it")
		return 0
	}
	written := e.Value.Written()
	n, err := strconv.ParseUint(written, 10, 32)
	if err != nil || n > uint64(maxOwner) || strconv.FormatUint(n, 10) != written { // YAML reads 0100 as octal
		r.WrongValue(e, fmt.Sprintf("%s cannot be %s", e.Key, diag.Quote(written)), fmt.Sprintf("write a plain decimal number from 0 to %d", maxOwner))
		return 0
	}
	return uint32(n)
}
