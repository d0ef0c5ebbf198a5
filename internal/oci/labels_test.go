package oci_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lxdocker/internal/oci"
)

func TestLabelsForPeople(t *testing.T) {
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf(`"org.opencontainers.image.x%d":"y"`, i)
	}
	for name, test := range map[string]struct {
		labels string
		want   map[string]string
	}{
		"those of the OCI":           {`{"org.opencontainers.image.source":"https://example.org","maintainer":"me"}`, map[string]string{"source": "https://example.org"}},
		"one that is no text":        {`{"org.opencontainers.image.source":7,"org.opencontainers.image.url":"u"}`, map[string]string{"url": "u"}},
		"one that says nothing":      {`{"org.opencontainers.image.source":"","org.opencontainers.image.":"x"}`, nil},
		"what is no list of labels":  {`["org.opencontainers.image.source"]`, nil},
		"nothing":                    {`null`, nil},
		"more than have any meaning": {"{" + strings.Join(many, ",") + "}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := oci.ParseConfig([]byte(`{"config":{"Labels":` + test.labels + `}}`))
			if err != nil || !reflect.DeepEqual(c.Config.Labels, test.want) {
				t.Errorf("it is %v, %v", c.Config.Labels, err)
			}
		})
	}
}
