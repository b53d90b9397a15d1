package testbroker

import "sync"

// AtOnce makes n requests at the same moment, each with its number, and returns the
// answers in the order of the numbers.
func AtOnce(n int, ask func(i int) Response) []Response {
	answers := make([]Response, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			answers[i] = ask(i)
		})
	}
	close(start)
	running.Wait()
	return answers
}

// StatusesAtOnce makes n requests as AtOnce does, and returns how many were answered
// with each status.
func StatusesAtOnce(n int, ask func(i int) Response) map[int]int {
	count := map[int]int{}
	for _, answer := range AtOnce(n, ask) {
		count[answer.Status]++
	}
	return count
}
