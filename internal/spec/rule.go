package spec

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// rule is a JSON schema (draft 2020-12), with the part of the vocabulary that specs
// need.
type rule struct {
	Schema               string     `json:"$schema,omitempty"`
	Title                string     `json:"title,omitempty"`
	Description          string     `json:"description,omitempty"`
	Type                 types      `json:"type,omitempty"`
	Pattern              string     `json:"pattern,omitempty"` // of strings
	Minimum              *int64     `json:"minimum,omitempty"`
	Maximum              *int64     `json:"maximum,omitempty"`
	Enum                 []any      `json:"enum,omitempty"`
	Const                any        `json:"const,omitempty"`
	Properties           properties `json:"properties,omitempty"`
	Required             []string   `json:"required,omitempty"`
	AdditionalProperties any        `json:"additionalProperties,omitempty"` // a rule, or false
	PropertyNames        *rule      `json:"propertyNames,omitempty"`
	PrefixItems          []*rule    `json:"prefixItems,omitempty"`
	Items                *rule      `json:"items,omitempty"`
	MinItems             *int       `json:"minItems,omitempty"`
	MaxItems             *int       `json:"maxItems,omitempty"`
	UniqueItems          bool       `json:"uniqueItems,omitempty"`
	AllOf                []*rule    `json:"allOf,omitempty"`
	AnyOf                []*rule    `json:"anyOf,omitempty"`
	OneOf                []*rule    `json:"oneOf,omitempty"`
	Not                  *rule      `json:"not,omitempty"`
}

// types lists the accepted types. A single one is written without a list.
type types []string

func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// properties keep their order, because editors offer them in it.
type properties []property

type property struct {
	name string
	rule *rule
}

func (p properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, one := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encoder.Encode(one.name); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := encoder.Encode(one.rule); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// without returns all but one of them.
func (p properties) without(name string) properties {
	return slices.DeleteFunc(slices.Clone(p), func(one property) bool { return one.name == name })
}

func ofType(names ...string) *rule { return &rule{Type: names} }

func oneOfWords(words ...any) *rule { return &rule{Enum: words} }

// matching accepts text that matches a pattern, but not a number.
func matching(pattern string) *rule { return &rule{Type: types{"string"}, Pattern: pattern} }

// text accepts text of a form, and any number (`user: 1000`).
func text(form *regexp.Regexp) *rule {
	return &rule{Type: types{"string", "number"}, Pattern: form.String()}
}

// scalar accepts any text, number, true or false.
func scalar() *rule { return scalarLike(`^[^\x00]*$`) }

func scalarLike(pattern string) *rule {
	return &rule{Type: types{"string", "number", "boolean"}, Pattern: pattern}
}

func integer(from, to int64) *rule {
	return &rule{Type: types{"integer"}, Minimum: &from, Maximum: &to}
}

func list(of *rule, least int) *rule {
	l := &rule{Type: types{"array"}, Items: of}
	if least > 0 {
		l.MinItems = &least
	}
	return l
}

func mapping(to, key *rule) *rule {
	return &rule{Type: types{"object"}, AdditionalProperties: to, PropertyNames: key}
}

// object accepts a mapping with these keys only.
func object(keys properties) *rule {
	return &rule{Type: types{"object"}, Properties: keys, AdditionalProperties: false}
}

// unless makes r refuse text that matches a pattern.
func unless(r *rule, pattern string) *rule {
	r.Not = matching(pattern)
	return r
}

// required accepts a mapping that has the key.
func required(key string) *rule { return &rule{Required: []string{key}} }

// valued accepts a mapping that has the key, with such a value.
func valued(key string, value *rule) *rule {
	return &rule{Required: []string{key}, Properties: properties{{key, value}}}
}

// anyRequired accepts a mapping that has one of the keys.
func anyRequired(keys ...string) *rule {
	r := &rule{}
	for _, key := range keys {
		r.AnyOf = append(r.AnyOf, required(key))
	}
	return r
}

func not(r *rule) *rule         { return &rule{Not: r} }
func allOf(all ...*rule) *rule  { return &rule{AllOf: all} }
func anyOf(some ...*rule) *rule { return &rule{AnyOf: some} }
func oneOf(some ...*rule) *rule { return &rule{OneOf: some} }

// yes and no accept the words for true and false of YAML 1.1, which editors treat
// as text.
func yes() *rule { return oneOfWords(spellings("y", "yes", "on")...) }
func no() *rule  { return oneOfWords(spellings("n", "no", "off")...) }

// trueOrFalse accepts a missing value as well.
func trueOrFalse() *rule { return anyOf(ofType("boolean", "null"), yes(), no()) }

// spellings returns the words in small letters, with an initial capital, and in
// capitals.
func spellings(words ...string) []any {
	var all []any
	for _, word := range words {
		for _, spelt := range []string{word, strings.ToUpper(word[:1]) + word[1:], strings.ToUpper(word)} {
			if !slices.Contains(all, any(spelt)) {
				all = append(all, spelt)
			}
		}
	}
	return all
}
