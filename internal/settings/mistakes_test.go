package settings_test

import (
	"errors"
	"strings"
	"testing"

	"lxdocker/internal/command"
	"lxdocker/internal/settings"
	"lxdocker/internal/spec/diag"
)

func TestMistakesInTheFile(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":                   {"kep: 4", `:1:1: unknown key "kep"|did you mean "keep"?`},
		"a key that is like no other":      {"nonsense: 4", `:1:1: unknown key "nonsense"|config show`},
		"underscores":                      {"dry_run: true", `:1:1: unknown key "dry_run"`},
		"a flag that is no setting":        {"config: x", `:1:1: unknown key "config"`},
		"a key twice":                      {"keep: 4\nkeep: 5", `:2:1: duplicate key "keep"|it is already in line 1`},
		"text for a number":                {"keep: many", `:1:7: keep cannot be "many"|it is a whole number`},
		"a list for a number":              {"keep: [4]", `:1:7: keep must be a number, this is a list`},
		"a number that is too small":       {"keep: 0", `:1:7: keep cannot be "0"|it is from 1 to 100`},
		"a number that is too large":       {"keep: 101", `:1:7: keep cannot be "101"|it is from 1 to 100`},
		"a number that is far too large":   {"keep: 99999999999999999999", `:1:7: keep cannot be|the number is too large`},
		"a word that is none of them":      {"level: worst", `:1:8: level cannot be "worst"|it is fast, default or best`},
		"a duration without a unit":        {"every: 60", `:1:8: every cannot be "60"|it has no unit: write it like 90s`},
		"a duration that is none":          {"every: often", `:1:8: every cannot be "often"|write it like 90s`},
		"a duration below nothing":         {"every: -1s", `:1:8: every cannot be "-1s"|it is 0 or more: 0 is never`},
		"text for true or false":           {"debug: maybe", `:1:8: debug must be true or false, this is text`},
		"text for a list":                  {"pattern: a", `:1:10: pattern must be a list, this is text|[] for none`},
		"a mapping in a list":              {"pattern: [{a: b}]", `:1:11: an item of pattern must be text, this is a mapping`},
		"a list for text":                  {"folder: [a]", `:1:9: folder must be text, this is a list`},
		"true for text":                    {"folder: true", `:1:9: folder must be text, this is true or false`},
		"nothing":                          {"folder:", `:1:1: folder has no value`},
		"a command's flag at the top":      {"dry-run: true", `:1:1: unknown key "dry-run"|it is said of single commands: below lxdocker, below prune`},
		"an unknown command":               {"lxdocker: {prun: {}}", `:1:12: unknown key "prun"|did you mean "prune"?`},
		"a command without settings":       {"lxdocker: {prune: 1}", `:1:19: prune must be a mapping, this is a number`},
		"commands that are none":           {"lxdocker: 1", `:1:11: lxdocker must be a mapping, this is a number`},
		"an unknown key of a command":      {"lxdocker:\n  prune:\n    dryrun: true", `:3:5: unknown key "dryrun"|did you mean "dry-run"?`},
		"a wrong value of a command":       {"lxdocker:\n  prune:\n    keep: 0", `:3:11: keep cannot be "0"`},
		"no mapping":                       {"- keep", `:1:1: a configuration is a mapping, this is a list`},
		"two documents":                    {"keep: 4\n---\nkeep: 5", `: a second document`},
		"a tab":                            {"lxdocker:\n\tprune: {}", `:2:1: a tab where YAML wants spaces`},
		"a login is not shown":             {"folder: [https://me:secret@example.org/]", "the line is not shown"},
		"a wrong item among those of list": {"pattern:\n- a\n- [b]", `:3:3: an item of pattern must be text, this is a list`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := settings.Read(written(t, c.text), true, nil, known())
			var wrong diag.Diagnostics
			if !errors.As(err, &wrong) {
				t.Fatalf("the error is %v", err)
			}
			for part := range strings.SplitSeq(c.want, "|") {
				if len(wrong) != 1 || !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in what is said:\n%v", part, err)
				}
			}
			if strings.Contains(err.Error(), "secret@") {
				t.Errorf("a password is shown:\n%v", err)
			}
		})
	}
}

func TestMistakesInTheEnvironment(t *testing.T) {
	for variable, want := range map[string]string{
		"LXHUB_KEP=4":             "there is no setting for the environment variable LXHUB_KEP: did you mean LXHUB_KEEP?",
		"LXHUB_NONSENSE=4":        "there is no setting for the environment variable LXHUB_NONSENSE",
		"LXHUB_KEEP=0":            "LXHUB_KEEP 0: it is from 1 to 100",
		"LXHUB_KEEP=":             `LXHUB_KEEP "": it is a whole number`,
		"LXHUB_DEBUG=perhaps":     `LXHUB_DEBUG "perhaps": it is true or false`,
		"LXHUB_LXDOCKER_PRUNE_X=": "there is no setting for the environment variable LXHUB_LXDOCKER_PRUNE_X",
	} {
		_, err := settings.Read("", true, []string{variable}, known())
		if err == nil || err.Error() != want || !errors.As(err, new(command.UsageError)) {
			t.Errorf("%s: %v, not %s", variable, err, want)
		}
	}
}

func TestAnotherProgramsSectionIsNotLookedAt(t *testing.T) {
	k := known()
	k.Commands = nil
	if _, err := settings.Read(written(t, "lxdocker: {prun: {}}"), true, []string{"LXHUB_LXDOCKER_PRUN_X=1"}, k); err != nil {
		t.Error(err)
	}
}
