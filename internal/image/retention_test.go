package image_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
)

// versionsOf makes versions out of words like "a1 a2 b1": product and day of
// December, perhaps "r" for retired or "p" for pinned, and "=" its fingerprint.
func versionsOf(t *testing.T, text string) (all []image.Version) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		word, fingerprint, _ := strings.Cut(word, "=")
		at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		v := image.Version{Name: word[:1], Architecture: "amd64", Serial: "2026120" + word[1:2] + "_120000", Fingerprint: fingerprint}
		switch word[2:] {
		case "r":
			v.Retired = &at
		case "p":
			v.Pinned = &at
		}
		all = append(all, v)
	}
	return all
}

func TestWhatRetentionLetsGoOf(t *testing.T) {
	const day = 24 * time.Hour
	tests := map[string]struct {
		retention      image.Retention
		versions, want string
	}{
		"nothing of nothing":                             {image.Retention{}, "", ""},
		"the zero value keeps the newest":                {image.Retention{}, "a1 a2 a3", "a1 a2"},
		"the newest of each product stay":                {image.Retention{Keep: 2}, "a1 a2 a3 b1 b2", "a1"},
		"fewer than may stay all stay":                   {image.Retention{Keep: 5}, "a1 a2", ""},
		"retired ones do not count":                      {image.Retention{Keep: 2}, "a1 a2 a3r a4", "a1"},
		"versions retired before are not listed again":   {image.Retention{}, "a1r a2", ""},
		"a recently superseded version stays":            {image.Retention{Age: 3 * day}, "a1 a4 a5 a6", "a1 a4"},
		"a version's own age does not matter":            {image.Retention{Age: 4 * day}, "a1 a6", ""},
		"both rules together keep what either does":      {image.Retention{Keep: 3, Age: 6 * day}, "a1 a2 a3 a4 a5", "a1"},
		"of a pinned product everything stays":           {image.Retention{}, "a1p a2p b1 b2", "b1"},
		"a serial may be ahead of the clock":             {image.Retention{}, "a1 a9", "a1"},
		"what is yet to come supersedes now":             {image.Retention{Age: time.Second}, "a1 a9", ""},
		"an image that has a newer twin goes":            {image.Retention{Keep: 3, Age: 99 * day}, "a1=x a2=y a3=x", "a1"},
		"a twin takes nobody's place":                    {image.Retention{Keep: 2}, "a1=w a2=x a3=y a4=x", "a1 a2"},
		"the same image in two products is not the same": {image.Retention{}, "a1=x b1=x", ""},
	}
	now := time.Date(2026, 12, 8, 12, 0, 0, 0, time.UTC)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			versions := versionsOf(t, test.versions)
			rand.Shuffle(len(versions), func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
			var got []string
			for _, v := range test.retention.Superseded(versions, now) {
				got = append(got, v.Name+v.Serial[7:8])
			}
			slices.Sort(got)
			if strings.Join(got, " ") != test.want {
				t.Errorf("it lets go of %v, not of %q", got, test.want)
			}
		})
	}
}

// Serials grow, so after a clock was ten years ahead they are, too. When versions were
// created says more then.
func TestAClockThatWasWrongKeepsNothingForYears(t *testing.T) {
	now := time.Date(2026, 12, 8, 12, 0, 0, 0, time.UTC)
	day := func(days int) time.Time { return now.AddDate(0, 0, days) }
	version := func(serial string, created time.Time) image.Version {
		return image.Version{Name: "a", Architecture: "amd64", Serial: serial, Created: created}
	}
	before := version("20261101_000000", day(-37))
	wrong := version("20361208_120000", day(3652))
	after := version("20361208_120001", day(-20))
	last := version("20361208_120002", day(-2))
	for name, test := range map[string]struct {
		versions []image.Version
		want     []image.Version
	}{
		"a version of the future that is the newest superseded now":           {[]image.Version{before, wrong}, nil},
		"a version of the future was superseded by its successor":             {[]image.Version{before, wrong, after}, []image.Version{before, wrong}},
		"a version of the future is superseded, others stay as long as usual": {[]image.Version{wrong, after, last}, []image.Version{wrong}},
	} {
		t.Run(name, func(t *testing.T) {
			got := image.Retention{Age: 10 * 24 * time.Hour}.Superseded(test.versions, now)
			if !slices.EqualFunc(got, test.want, func(a, b image.Version) bool { return a.Serial == b.Serial }) {
				t.Errorf("it lets go of %v, not of %v", got, test.want)
			}
		})
	}
	for v, want := range map[string]time.Time{before.Serial: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), wrong.Serial: now, after.Serial: day(-20)} {
		for _, version := range []image.Version{before, wrong, after} {
			if got := version.PublishedBy(now); version.Serial == v && !got.Equal(want) {
				t.Errorf("%s was published at %v, not %v", v, got, want)
			}
		}
	}
}
