package spec

// healthcheckRule accepts a mapping, or a value that means no check. With
// `disable: true` or `test: [NONE]`, other keys are not accepted.
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

// testRule accepts a command line for a shell, or a list whose first word says what
// follows.
func testRule() *rule {
	program := scalarLike(commandLineForm)
	argv := list(scalar(), 2)
	argv.PrefixItems = []*rule{{Const: "CMD"}, program}
	line := list(scalar(), 2)
	line.PrefixItems, line.MaxItems = []*rule{{Const: "CMD-SHELL"}, program}, line.MinItems
	return oneOf(unless(scalarLike(commandLineForm), `^NONE$`), argv, line, noneRule())
}

// noneRule accepts [NONE].
func noneRule() *rule {
	none := list(scalar(), 1)
	none.PrefixItems, none.MaxItems = []*rule{{Const: "NONE"}}, none.MinItems
	return none
}

// pauseRule accepts a duration other than 0.
func pauseRule() *rule { return unless(matching(`^`+durations+`$`), `^([0.]+(ms|s|m|h))+$`) }
