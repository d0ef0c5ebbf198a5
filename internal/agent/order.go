package agent

import (
	"cmp"
	"slices"
)

// order is which instances need which others: of each, all that have to be there before it.
type order struct{ needs map[string]map[string]bool }

// newOrder takes the instances that each one names; names that are none do not count.
func newOrder(after map[string][]string) order {
	o := order{map[string]map[string]bool{}}
	for name := range after {
		all := map[string]bool{}
		for rest := []string{name}; len(rest) > 0; {
			last := len(rest) - 1
			next := after[rest[last]]
			rest = rest[:last]
			for _, other := range next {
				if _, there := after[other]; there && !all[other] {
					all[other] = true
					rest = append(rest, other)
				}
			}
		}
		o.needs[name] = all
	}
	return o
}

// reaches says whether an instance needs another one, also through others.
func (o order) reaches(from, to string) bool { return o.needs[from][to] }

// circular says whether an instance needs itself, or one that does: nothing comes first there.
func (o order) circular(name string) bool {
	if o.reaches(name, name) {
		return true
	}
	for other := range o.needs[name] {
		if o.reaches(other, other) {
			return true
		}
	}
	return false
}

// dependents are those that need an instance, in the order in which they are stopped.
func (o order) dependents(name string) (all []string) {
	for other := range o.needs {
		if other != name && o.reaches(other, name) {
			all = append(all, other)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return o.compare(b, a) })
	return all
}

// compare puts what others need before them: who needs another one needs all that this does,
// and this.
func (o order) compare(a, b string) int {
	return cmp.Or(cmp.Compare(len(o.needs[a]), len(o.needs[b])), cmp.Compare(a, b))
}

// wave is what is updated next, and at once: instances that need none of the others, at most
// so many. Those that have to do with each other come one after the other, as long as anything
// else can wait.
func (o order) wave(todo []string, most int) (next []string) {
	families := o.families(todo)
	sorted := slices.SortedFunc(slices.Values(todo), func(a, b string) int {
		return cmp.Or(cmp.Compare(families[a], families[b]), o.compare(a, b))
	})
	for _, name := range sorted {
		waits := slices.ContainsFunc(todo, func(other string) bool { return other != name && o.reaches(name, other) })
		if !waits && len(next) < most {
			next = append(next, name)
		}
	}
	return next
}

// families give all that have to do with each other the same number.
func (o order) families(todo []string) map[string]int {
	number := map[string]int{}
	for _, first := range slices.Sorted(slices.Values(todo)) {
		if number[first] > 0 {
			continue
		}
		n := len(number) + 1
		number[first] = n
		for rest := []string{first}; len(rest) > 0; {
			name := rest[0]
			rest = rest[1:]
			for _, other := range todo {
				if number[other] == 0 && (o.reaches(other, name) || o.reaches(name, other)) {
					number[other] = n
					rest = append(rest, other)
				}
			}
		}
	}
	return number
}
