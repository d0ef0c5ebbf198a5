package guest

import "strings"

// IsSetting reports whether the guest takes a variable for a setting, such as
// LXDOCKER_USER, in the environment of an instance and in that of a spec. In the
// environment of an image it is data, whatever its name. Names that are none, but
// are nearly, belong to them: the guest says what was probably meant.
func IsSetting(name string) bool {
	return strings.HasPrefix(name, "LXDOCKER") || strings.HasPrefix(name, "UDHCPC_")
}
