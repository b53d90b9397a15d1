package events

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Named returns the ids and names that are not empty, by the names under which
// they are shown.
func (d Data) Named() map[string]any {
	named := map[string]any{}
	fields := reflect.ValueOf(d)
	for i, name := range dataNames {
		if field := fields.Field(i); !field.IsZero() {
			named[name] = field.Interface()
		}
	}
	return named
}

// dataNames are the names of the fields of Data, in their order.
var dataNames = namesOf(reflect.TypeFor[Data]())

func namesOf(data reflect.Type) []string {
	names := make([]string, data.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(data.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// cloudEventTypes stands before the type of a fact in a CloudEvent, where types
// of many systems meet.
const cloudEventTypes = "accord."

// CloudEvent returns the fact in the form of CloudEvents 1.0, ready to become
// JSON. Source is the address of the broker; where that is not known, the source
// is urn:accord.
func (f Fact) CloudEvent(source string) map[string]any {
	if source == "" {
		source = "urn:accord"
	}
	event := map[string]any{
		"specversion": "1.0", "id": f.ID, "source": source, "type": cloudEventTypes + string(f.Type), "subject": f.Subject,
		"time": f.Time.UTC().Format(time.RFC3339Nano), "datacontenttype": "application/json", "data": f.Data.Named(),
	}
	for name, value := range map[string]string{"requestid": f.RequestID, "traceparent": f.Traceparent, "actor": f.Actor} {
		if value != "" {
			event[name] = value
		}
	}
	return event
}

// TextNames returns the names of all that Texts may return, in order.
func TextNames() []string {
	return slices.Sorted(slices.Values(append([]string{"id", "type", "time", "subject"}, dataNames...)))
}

// Texts returns what the fact says as texts: its id, type, time and subject, and
// what its data name; lists are joined by commas.
func (f Fact) Texts() map[string]string {
	texts := map[string]string{"id": f.ID, "type": string(f.Type), "time": f.Time.UTC().Format(time.RFC3339), "subject": f.Subject}
	for name, value := range f.Data.Named() {
		switch value := value.(type) {
		case []string:
			texts[name] = strings.Join(value, ", ")
		case *bool:
			texts[name] = strconv.FormatBool(*value)
		case map[string]int64:
			var counts []string
			for _, what := range slices.Sorted(maps.Keys(value)) {
				counts = append(counts, fmt.Sprint(what, " ", value[what]))
			}
			texts[name] = strings.Join(counts, ", ")
		default:
			texts[name] = fmt.Sprint(value)
		}
	}
	return texts
}
