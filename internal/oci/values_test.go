package oci_test

import (
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

func TestDocumentsHaveABoundedNumberOfValues(t *testing.T) {
	for name, text := range map[string]string{
		"commas in a string": `{"a":"` + strings.Repeat(`,[{`, 200_000) + `"}`,
		"quoted quotes":      `{"a":"\\\"` + strings.Repeat(`,`, 200_000) + `"}`,
		"many values":        `[` + strings.Repeat(`0,`, 99_000) + `0]`,
	} {
		if err := oci.CheckValues([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"a long list":    `[` + strings.Repeat(`0,`, 100_000) + `0]`,
		"empty objects":  `[` + strings.Repeat(`{},`, 60_000) + `{}]`,
		"depth":          strings.Repeat(`[`, 100_001),
		"after a string": `["\\",` + strings.Repeat(`"",`, 100_000) + `0]`,
	} {
		if err := oci.CheckValues([]byte(text)); err == nil || failure.KindOf(err) != failure.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}
