package oaschanges

import "fmt"

// plain gives maps the keys that JSON can have: YAML reads 200 as a number.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = plain(inner)
		}
		return value
	case map[any]any:
		named := make(map[string]any, len(value))
		for key, inner := range value {
			named[fmt.Sprint(key)] = plain(inner)
		}
		return named
	case []any:
		for i, inner := range value {
			value[i] = plain(inner)
		}
	}
	return value
}
