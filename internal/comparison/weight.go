package comparison

import "bytes"

const (
	// maxJSONParts and maxYAMLParts are how many names and values a document may hold. A
	// tree of YAML takes twice the memory of one of JSON.
	maxJSONParts = 1_000_000
	maxYAMLParts = 800_000
	// maxPaths is how many paths an OpenAPI document may have.
	maxPaths = 20_000
	// partWeight and yamlPartWeight are how many bytes of budget one part takes.
	partWeight     = 25
	yamlPartWeight = 50
)

// Weight is how large a contract would be that takes as much memory as reading the
// document does. It looks at the text only.
func Weight(content []byte) int64 {
	if looksLikeJSON(content) {
		return int64(len(content) + partWeight*jsonParts(content))
	}
	return int64(len(content) + yamlPartWeight*yamlParts(content))
}

// TooLarge returns a *Refusal if the document, or several that are read together,
// hold more than is read.
func TooLarge(contents ...[]byte) error {
	bytes, share := 0, 0.0
	for _, content := range contents {
		bytes += len(content)
		if looksLikeJSON(content) {
			share += float64(jsonParts(content)) / maxJSONParts
		} else {
			share += float64(yamlParts(content)) / maxYAMLParts
		}
	}
	switch {
	case bytes > maxBytes:
		return refuseDocument("it has %d MB, and %d MB is the limit.", bytes>>20, maxBytes>>20)
	case share > 1:
		return errParts()
	}
	return nil
}

func errParts() error {
	return refuseDocument(
		"it holds too much: at most %d names and values are read of JSON, %d of YAML. Leave out what no consumer needs, or publish its parts as contracts of their own.",
		maxJSONParts,
		maxYAMLParts,
	)
}

func looksLikeJSON(content []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))), []byte("{"))
}

// jsonParts is how many names and values a text of JSON has at most.
func jsonParts(content []byte) int {
	parts, inString := 1, false
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == ':', c == ',', c == '{', c == '[':
			parts++
		}
	}
	return parts
}

// yamlParts is how many names and values a text of YAML has at most: whatever
// could begin one counts, in texts and comments, too, since only reading tells what
// it is.
func yamlParts(content []byte) int {
	parts := 1
	for i, c := range content {
		switch c {
		case '\n', ':', '{', '[', '?':
			parts++
		case ',':
			parts += 2 // in braces a name may stand alone, without its value
		case '-':
			if i+1 == len(content) || bytes.IndexByte([]byte(" \t\r\n"), content[i+1]) >= 0 {
				parts++
			}
		}
	}
	return parts
}
