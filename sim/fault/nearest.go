package fault

// DidYouMean returns a hint at the known word that is most like a mistyped
// one, "; did you mean …?", or nothing when none is near.
func DidYouMean(word string, known []string) string { return didYouMean(word, known) }

// didYouMean returns a hint at the known word that is most like a mistyped
// one, or nothing when none is near.
func didYouMean(word string, known []string) string {
	best, least := "", min(len(word)/3, 4)+2
	for _, k := range known {
		if len(word)-len(k) >= least {
			continue // too far without counting, which would take long for a long word
		}
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
