// Package hal is the form in which the compatible API shows things: links and
// their relations, the documentation of relations, paging and times.
package hal

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/links"
)

// Link leads from a thing to another one.
type Link struct {
	Title string `json:"title,omitempty"`
	Name  string `json:"name,omitempty"`
	Href  string `json:"href"`
	// Templated reports whether Href holds placeholders; nil leaves it unsaid.
	Templated *bool `json:"templated,omitempty"`
}

// To is a link with a title.
func To(href, title string) Link { return Link{Href: href, Title: title} }

// Named is a link with a title and a name, by which clients choose.
func Named(href, title, name string) Link { return Link{Href: href, Title: title, Name: name} }

// Templated is a link with placeholders for the client to fill in.
func Templated(href, title string) Link {
	templated := true
	return Link{Href: href, Title: title, Templated: &templated}
}

// Links are the relations of a thing, written in the order in which they were
// added. The value of a relation is a Link, a list of them, or a struct of its
// own.
type Links []Relation

// Relation is one entry of Links.
type Relation struct {
	Name  string
	Value any
}

// With returns the links and one more relation. The links themselves stay as they are.
func (l Links) With(name string, value any) Links {
	return append(l[:len(l):len(l)], Relation{name, value})
}

// MarshalJSON writes an object with a member for each relation.
func (l Links) MarshalJSON() ([]byte, error) {
	var object bytes.Buffer
	object.WriteByte('{')
	for i, relation := range l {
		if i > 0 {
			object.WriteByte(',')
		}
		name, err := json.Marshal(relation.Name)
		if err != nil {
			return nil, err
		}
		value, err := edge.Encode(relation.Value)
		if err != nil {
			return nil, err
		}
		object.Write(name)
		object.WriteByte(':')
		object.Write(value)
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

// Fixed is a link that says that it holds no placeholders.
func Fixed(href, title string) Link {
	templated := false
	return Link{Href: href, Title: title, Templated: &templated}
}

// SelfLinks are the links of a thing that knows but its own address.
type SelfLinks struct {
	Self Link `json:"self"`
}

// SelfOnly is the one link to the thing itself.
func SelfOnly(href string) SelfLinks { return SelfLinks{Link{Href: href}} }

// Curies says where the relations that begin with "pb:" are explained, for the
// representations of one kind of thing.
func Curies(base links.Base, context string) []Link { return []Link{Curie(base, context, "pb")} }

// Curie says where the relations with a prefix are explained.
func Curie(base links.Base, context, prefix string) Link {
	link := Templated(base.Doc(context), "")
	link.Name = prefix
	return link
}

// Paging adds the links to the next and the previous page of a list.
func Paging(c *gin.Context, l Links, page edge.Page, total int) Links {
	if href := page.Next(c, total); href != "" {
		l = l.With("next", To(href, "Next page"))
	}
	if href := page.Previous(c); href != "" {
		l = l.With("previous", To(href, "Previous page"))
	}
	return l
}

// Time is how times are shown: UTC, whole seconds, with a numeric offset.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05-07:00") }

// TimeChanged is the time of the last change as shown, "" if there was none since
// the creation, so that a field with omitempty is left out.
func TimeChanged(createdAt, updatedAt time.Time) string {
	return TimeIf(!updatedAt.Equal(createdAt), updatedAt)
}

// TimeIf is the time of the last change as shown, "" unless it is to be shown.
func TimeIf(shown bool, updatedAt time.Time) string {
	if !shown || updatedAt.IsZero() {
		return ""
	}
	return Time(updatedAt)
}
