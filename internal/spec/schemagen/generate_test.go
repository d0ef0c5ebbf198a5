package main

import (
	"bytes"
	"strings"
	"testing"

	"lxdocker/internal/spec"
)

func TestTheCommittedSchemaIsCurrent(t *testing.T) {
	t.Chdir("..")
	data, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, spec.Schema()) {
		t.Error("schema.json is not what the types say: run `go generate ./internal/spec`")
	}
	if strings.Count(string(data), `"description": "`) < 20 {
		t.Error("the descriptions are missing: were the comments found?")
	}
}
