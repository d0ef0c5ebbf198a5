package diag

// Nearest returns the candidate with the fewest typing errors, or "" if none is
// similar.
func Nearest(word string, candidates []string) string {
	nearest, least := "", 3
	for _, c := range candidates {
		if diff := len(word) - len(c); diff >= 4*least || diff <= -4*least { // in bytes, up to 4 of which make a character
			continue
		}
		if d := distance(word, c); d < least && d*2 < max(len(c), 3) {
			nearest, least = c, d
		}
	}
	return nearest
}

// distance counts insertions, deletions, replacements and swaps of neighbours
// that turn a into b (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range t {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(s)][len(t)]
}
