package contents

// PackageChanges are those of installed packages.
type PackageChanges struct {
	Known                   bool // at least one of the images has a database that can be read
	Added, Removed, Changed []PackageChange
	More                    [3]int // that are not listed, of each
}

// PackageChange is a package that differs.
type PackageChange struct {
	Package
	Was string // its version before
}

// comparePackages goes through two sorted lists.
func comparePackages(a, b []Package) (c PackageChanges) {
	c.Known = len(a)+len(b) > 0
	for len(a) > 0 || len(b) > 0 {
		order := 0
		if len(a) > 0 && len(b) > 0 {
			order = a[0].compare(b[0])
		} else if len(b) > 0 {
			order = 1
		} else {
			order = -1
		}
		switch {
		case order < 0:
			list(&c.Removed, &c.More[1], PackageChange{Package: a[0]})
			a = a[1:]
		case order > 0:
			list(&c.Added, &c.More[0], PackageChange{Package: b[0]})
			b = b[1:]
		default:
			if a[0].Version != b[0].Version {
				list(&c.Changed, &c.More[2], PackageChange{b[0], a[0].Version})
			}
			a, b = a[1:], b[1:]
		}
	}
	return c
}

func list(to *[]PackageChange, more *int, p PackageChange) {
	if len(*to) == maxListed {
		*more++
		return
	}
	*to = append(*to, p)
}
