package spec

// healthcheckRule is a mapping, or what means no check. With `disable: true` or
// `test: [NONE]` other keys mean nothing.
func healthcheckRule() *rule {
	off := yes()
	off.Enum = append(off.Enum, true)
	none := noneRule()
	none.PrefixItems, none.Items = []*rule{{Const: "NONE"}}, ofType("string")
	var others []string
	for _, name := range healthKeys.names() {
		if name != "test" && name != "disable" {
			others = append(others, name)
		}
	}
	check := object(healthKeys.properties())
	check.AllOf = []*rule{
		not(allOf(valued("disable", off), anyRequired(others...))),
		not(allOf(valued("test", none), anyRequired(others...))),
		not(allOf(valued("disable", off), valued("test", not(none)))),
	}
	return anyOf(check, ofType("null"), &rule{Const: false}, no(), oneOfWords(spellings("none")...))
}

// testRule is a line for the shell, or a list whose first word says what it is.
func testRule() *rule {
	program := scalarLike(commandLineForm)
	argv := list(scalar(), 2)
	argv.PrefixItems = []*rule{{Const: "CMD"}, program}
	line := list(scalar(), 2)
	line.PrefixItems, line.MaxItems = []*rule{{Const: "CMD-SHELL"}, program}, line.MinItems
	return oneOf(unless(scalarLike(commandLineForm), `^NONE$`), argv, line, noneRule())
}

// noneRule is [NONE].
func noneRule() *rule {
	none := list(scalar(), 1)
	none.PrefixItems, none.MaxItems = []*rule{{Const: "NONE"}}, none.MinItems
	return none
}

// pauseRule is a duration that is not 0.
func pauseRule() *rule { return unless(matching(`^`+durations+`$`), `^([0.]+(ms|s|m|h))+$`) }
