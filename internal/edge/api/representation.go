package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"accord/internal/edge"
	"accord/internal/support/links"
)

// Link leads from a thing to another one.
type Link struct {
	Title string `json:"title,omitempty"`
	Name  string `json:"name,omitempty"`
	Href  string `json:"href"`
	// Templated tells whether Href holds placeholders; nil leaves it unsaid.
	Templated *bool `json:"templated,omitempty"`
}

// to is a link with a title.
func to(href, title string) Link { return Link{Href: href, Title: title} }

// named is a link with a title and a name, by which clients choose.
func named(href, title, name string) Link { return Link{Href: href, Title: title, Name: name} }

// template is a link with placeholders for the client to fill in.
func template(href, title string) Link {
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

// With returns the links and one more relation.
func (l Links) With(name string, value any) Links { return append(l, Relation{name, value}) }

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

// fixed is a link that says that it holds no placeholders.
func fixed(href, title string) Link {
	templated := false
	return Link{Href: href, Title: title, Templated: &templated}
}

// selfLinks are the links of a thing that knows but its own address.
type selfLinks struct {
	Self Link `json:"self"`
}

func self(href string) selfLinks { return selfLinks{Link{Href: href}} }

// curies tells where the relations that begin with "pb:" are explained, for the
// representations of one kind of thing.
func curies(base links.Base, context string) []Link { return []Link{curie(base, context, "pb")} }

// curie tells where the relations with a prefix are explained.
func curie(base links.Base, context, prefix string) Link {
	link := template(base.Doc(context), "")
	link.Name = prefix
	return link
}

// paging adds the links to the next and the previous page of a list.
func paging(c *gin.Context, l Links, page edge.Page, total int) Links {
	if href := page.Next(c, total); href != "" {
		l = l.With("next", to(href, "Next page"))
	}
	if href := page.Previous(c); href != "" {
		l = l.With("previous", to(href, "Previous page"))
	}
	return l
}

// moment is how times are shown: UTC, whole seconds, with a numeric offset.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05-07:00") }

// changed is the time of the last change as shown, "" if there was none since
// the creation, so that a field with omitempty is left out.
func changed(createdAt, updatedAt time.Time) string {
	if updatedAt.IsZero() || updatedAt.Equal(createdAt) {
		return ""
	}
	return moment(updatedAt)
}
