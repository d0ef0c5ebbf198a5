package spec

import "lxdocker/internal/spec/diag"

// fileKeys are the keys of an entry of `files`.
var fileKeys = table[File]{
	{
		name: "path", words: "dest destination dst name to",
		read:  func(*reader, diag.Entry, *File) {}, // read by namedFile and listedFile
		takes: pathRule(),
		kind:  "text", required: true, byDefault: "required in a list", about: "where in the image: absolute, in its shortest form, not `/`",
		doc: "Where in the image; absolute.",
	},
	{
		name: "content", words: "text contents data inline", action: true,
		read:  func(r *reader, e diag.Entry, f *File) { f.Content = r.content(e, "content") },
		takes: scalar(),
		kind:  "text", about: "writes a file with this text",
		doc: "Write a file with this text.",
	},
	{
		name: "source", words: "src from file copy", action: true,
		read:  func(r *reader, e diag.Entry, f *File) { f.Content = r.contentOf(e) },
		takes: unless(matching(`^[^/]`), `^\.\.(/|$)`),
		kind:  "text", about: "writes a file with the content of this one, in the folder of the spec",
		doc: "Write a file with the content of this one: a path relative to the folder of the spec, which it cannot leave.",
	},
	{
		name: "directory", words: "dir mkdir folder", action: true,
		read:  func(r *reader, e diag.Entry, f *File) { f.Directory = r.onlyTrue(e) },
		takes: onlyTrueRule(),
		kind:  "`true`", about: "makes a directory; an existing one keeps its contents",
		doc: "Make a directory; an existing one keeps its contents.",
	},
	{
		name: "symlink", words: "link target linkto", action: true,
		read:  func(r *reader, e diag.Entry, f *File) { f.Symlink = r.target(e) },
		takes: &rule{Type: types{"string", "number"}, Pattern: `^[^\x00]+$`},
		kind:  "text", about: "makes a symbolic link to this target, which does not have to exist",
		doc: "Make a symbolic link to this target.",
	},
	{
		name: "remove", words: "delete absent rm", action: true,
		read:  func(r *reader, e diag.Entry, f *File) { f.Remove = r.onlyTrue(e) },
		takes: onlyTrueRule(),
		kind:  "`true`", about: "removes the path and everything below it; it does not have to exist",
		doc: "Remove the path and everything below it.",
	},
	{
		name: "mode", words: "permissions perm chmod", notFor: []string{"symlink", "remove"},
		read:  func(r *reader, e diag.Entry, f *File) { f.Mode = r.mode(e) },
		takes: oneOf(matching(`^(0|0o)?`+modeDigits+`$`), integer(0, 7777)),
		kind:  "octal", byDefault: "`0644`, for a directory `0755`", about: "permissions, including the setuid, setgid and sticky bits",
		doc: `Permissions in octal, such as "0644".`,
	},
	{
		name: "uid", words: "owner user", notFor: []string{"remove"},
		read:  func(r *reader, e diag.Entry, f *File) { f.UID = r.number(e) },
		takes: integer(0, int64(maxOwner)),
		kind:  "number", byDefault: "`0`", about: "the owning user",
		doc: "Number of the owning user in the container.",
	},
	{
		name: "gid", words: "group", notFor: []string{"remove"},
		read:  func(r *reader, e diag.Entry, f *File) { f.GID = r.number(e) },
		takes: integer(0, int64(maxOwner)),
		kind:  "number", byDefault: "`0`", about: "the owning group",
		doc: "Number of the owning group in the container.",
	},
}

// actions returns the keys that say what an entry does.
func actions() []string {
	var names []string
	for _, k := range fileKeys {
		if k.action {
			names = append(names, k.name)
		}
	}
	return names
}

// filesRule is a list of entries that have a path, or a mapping from path to
// entry or content.
func filesRule() *rule {
	all := fileKeys.properties()
	listed, named := object(all), object(all.without("path"))
	listed.Required = fileKeys.required()
	for _, action := range actions() {
		one := required(action)
		var without []string
		for _, k := range fileKeys {
			for _, other := range k.notFor {
				if other == action {
					without = append(without, k.name)
				}
			}
		}
		if without != nil {
			one.Not = anyRequired(without...)
		}
		listed.OneOf, named.OneOf = append(listed.OneOf, one), append(named.OneOf, one)
	}
	return oneOf(list(listed, 0), mapping(oneOf(scalar(), named), pathRule()), ofType("null"))
}
