//go:build !race

package scenarios_test

// raceDetector says that these tests run under it.
const raceDetector = false
