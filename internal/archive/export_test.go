package archive

// SetLongestLine lets lines be so long, for tests that have no room for the longest.
func (w *Writer) SetLongestLine(longest int) { w.longest = longest }
