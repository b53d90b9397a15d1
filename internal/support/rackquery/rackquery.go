// Package rackquery reads query strings with nested names, such as
// q[][pacticipant]=Foo&q[][version]=1, the way Rack (and so the Pact Broker and
// all its clients) reads them. The order of the pairs decides which of them
// belong together, so url.Values cannot do it.
package rackquery

import (
	"fmt"
	"net/url"
	"strings"
)

// maxNesting is how deep names may be nested; Rack's own limit is 32.
const maxNesting = 32

// Query is what a query string says: the values of its outermost names.
type Query struct{ root *Value }

// Value is a text, a list or a hash; which of them, the Is methods tell.
// A nil Value is none of them and has nothing in it.
type Value struct {
	text  *string
	list  []*Value
	hash  map[string]*Value
	names []string
}

// Parse reads a raw query string. Pairs without "=" say nothing and are left
// out, as are pairs without a name; if a text is given twice the last one
// stands. It returns an error for a wrong escape, and for a name that is used
// as two different things (a=1&a[]=2).
func Parse(raw string) (Query, error) {
	q := Query{root: newHash()}
	for pair := range strings.SplitSeq(raw, "&") {
		name, text, found := strings.Cut(pair, "=")
		if !found {
			continue
		}
		name, err := url.QueryUnescape(name)
		if err != nil {
			return Query{}, fmt.Errorf("the query has a wrong escape: %w", err)
		}
		text, err = url.QueryUnescape(text)
		if err != nil {
			return Query{}, fmt.Errorf("the query has a wrong escape in the value of %q: %w", name, err)
		}
		if err := q.root.add(name, text, 0); err != nil {
			return Query{}, err
		}
	}
	return q, nil
}

// Value returns the value of an outermost name, or nil if it is absent.
func (q Query) Value(name string) *Value {
	return q.root.Member(name)
}

// Text returns the text of an outermost name; it is empty if the name is absent
// or no text.
func (q Query) Text(name string) string { return q.Value(name).Text() }

// Names returns the outermost names in the order they first occur.
func (q Query) Names() []string {
	if q.root == nil {
		return nil
	}
	return q.root.names
}

// IsText reports whether the value is a text.
func (v *Value) IsText() bool { return v != nil && v.text != nil }

// IsList reports whether the value is a list, as made by name[]=.
func (v *Value) IsList() bool { return v != nil && v.list != nil }

// IsHash reports whether the value is a hash, as made by name[key]=.
func (v *Value) IsHash() bool { return v != nil && v.hash != nil }

// Text returns the text of the value, empty if it is none.
func (v *Value) Text() string {
	if !v.IsText() {
		return ""
	}
	return *v.text
}

// List returns the elements of a list.
func (v *Value) List() []*Value {
	if v == nil {
		return nil
	}
	return v.list
}

// Texts returns the texts among the elements of a list.
func (v *Value) Texts() []string {
	var texts []string
	for _, element := range v.List() {
		if element.IsText() {
			texts = append(texts, element.Text())
		}
	}
	return texts
}

// Member returns the value of a hash's key, or nil.
func (v *Value) Member(key string) *Value {
	if v == nil {
		return nil
	}
	return v.hash[key]
}

// MemberText returns the text of a hash's key; it is empty if the key is absent
// or its value no text.
func (v *Value) MemberText(key string) string { return v.Member(key).Text() }

// Keys returns the keys of a hash in the order they first occur.
func (v *Value) Keys() []string {
	if v == nil {
		return nil
	}
	return v.names
}

func newHash() *Value { return &Value{hash: map[string]*Value{}} }

// add puts a text where its name says, making the lists and hashes on the way.
func (v *Value) add(name, text string, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("the query nests names deeper than %d levels", maxNesting)
	}
	key, rest := splitName(name)
	switch {
	case key == "":
		return nil
	case rest == "":
		return v.put(key, &Value{text: &text})
	case rest == "[":
		return v.put(name, &Value{text: &text})
	case strings.HasPrefix(rest, "[]"):
		return v.addToList(key, childName(rest[2:]), text, depth)
	}
	child, err := v.child(key, newHash)
	if err != nil {
		return err
	}
	if !child.IsHash() {
		return ambiguous(key)
	}
	return child.add(rest, text, depth+1)
}

// splitName takes the first key off a name: "q[][a]" is "q" and "[][a]".
func splitName(name string) (key, rest string) {
	name = strings.TrimLeft(name, "[]")
	end := strings.IndexAny(name, "[]")
	if end < 0 {
		return name, ""
	}
	key, rest = name[:end], name[end:]
	return key, strings.TrimLeft(rest, "]")
}

// childName makes of what follows "q[]" the name within the element: both
// q[][key] and q[]key name the key.
func childName(rest string) string {
	if strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") && strings.Count(rest, "[") == 1 {
		return rest[1 : len(rest)-1]
	}
	return rest
}

// addToList appends a text to a list, or puts it into the list's last hash; a
// new hash begins when the last one has the name already.
func (v *Value) addToList(key, child, text string, depth int) error {
	list, err := v.child(key, func() *Value { return &Value{list: []*Value{}} })
	if err != nil {
		return err
	}
	if !list.IsList() {
		return ambiguous(key)
	}
	if child == "" {
		list.list = append(list.list, &Value{text: &text})
		return nil
	}
	if len(list.list) == 0 || !list.list[len(list.list)-1].accepts(child) {
		list.list = append(list.list, newHash())
	}
	return list.list[len(list.list)-1].add(child, text, depth+1)
}

// accepts reports whether a list's element is a hash that the name can still go to.
func (v *Value) accepts(name string) bool {
	if !v.IsHash() {
		return false
	}
	if strings.Contains(name, "[]") {
		return true
	}
	at := v
	for _, key := range strings.FieldsFunc(name, func(r rune) bool { return r == '[' || r == ']' }) {
		if at = at.Member(key); at == nil {
			return true
		}
	}
	return false
}

func (v *Value) child(key string, make func() *Value) (*Value, error) {
	if child := v.hash[key]; child != nil {
		return child, nil
	}
	child := make()
	return child, v.put(key, child)
}

// put sets a key of a hash. Only a text may take the place of another text.
func (v *Value) put(key string, value *Value) error {
	before, taken := v.hash[key]
	if taken && !before.IsText() {
		return ambiguous(key)
	}
	if !taken {
		v.names = append(v.names, key)
	}
	v.hash[key] = value
	return nil
}

func ambiguous(key string) error {
	return fmt.Errorf("the query uses %q as two different things, such as a text and a list", key)
}
