package api

import (
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// memberReader takes members out of an object and keeps what is wrong with them.
type memberReader struct {
	object []byte
	// place is where the object stands in the request: "" or a path that ends with a
	// dot.
	place  string
	fields []fault.Field
}

// faults is an Invalid fault with all that is wrong, nil if nothing is.
func (r *memberReader) faults() error {
	if len(r.fields) == 0 {
		return nil
	}
	return fault.InvalidFields(r.fields...)
}

// fault keeps what is wrong with a member, unless the message is empty.
func (r *memberReader) fault(name, message string) {
	if message != "" {
		r.fields = append(r.fields, fault.Field{Name: r.place + name, Message: message})
	}
}

func (r *memberReader) required(name string, problem func(string) string) string {
	text, message := requiredText(r.object, name, problem)
	r.fault(name, message)
	return text
}

func (r *memberReader) optional(name string, problem func(string) string) *string {
	value := pactfile.Member(r.object, name)
	if pactfile.IsNull(value) {
		return nil
	}
	text, message := checkedText(value, problem)
	r.fault(name, message)
	return &text
}

// tags reads the tags to put on a version; wrong is told what is wrong with one.
func (r *memberReader) tags(wrong func(index int, message string)) []string {
	value := pactfile.Member(r.object, "tags")
	if !pactfile.IsNull(value) && !pactfile.IsArray(value) {
		r.fault("tags", "must be an array")
	}
	if problem := fault.ValidateCount(count(value), versions.MaxTagsAtOnce); problem != "" {
		r.fault("tags", problem)
		return nil
	}
	var tags []string
	for item := range pactfile.Items(value) {
		tag, message := checkedText(item, pacticipants.ValidateName)
		if message != "" {
			wrong(len(tags), message)
		}
		tags = append(tags, tag)
	}
	return tags
}

// elements is the list of contracts in that member, which must have some.
func (r *memberReader) elements(name string) []byte {
	value := pactfile.Member(r.object, name)
	switch {
	case pactfile.IsNull(value):
		r.fault(name, "is missing")
	case !pactfile.IsArray(value):
		r.fault(name, "must be an array")
	case len(value) == len("[]"):
		r.fault(name, "must have at least one contract")
	}
	return value
}

// inside reads an object within the object with fn.
func (r *memberReader) inside(object []byte, place string, fn func(*memberReader)) {
	inner := memberReader{object: object, place: r.place + place}
	fn(&inner)
	r.fields = append(r.fields, inner.fields...)
}
