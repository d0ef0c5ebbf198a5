package oci

// maxValues is how many values a document may have, of lists and objects. Those of images
// have some hundred; decoded, each takes many times the three bytes that it may have.
const maxValues = 100_000

// CheckValues is an error if decoding a document would take much more memory than it has
// bytes itself. It counts commas and brackets, and leaves the rest to the decoder.
func CheckValues(raw []byte) error {
	values, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == ',' || c == '{' || c == '['):
			values++
		}
	}
	if values > maxValues {
		return tooLargef("it has %d values; more than %d are not read", values, maxValues)
	}
	return nil
}
