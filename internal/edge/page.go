package edge

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/support/fault"
)

// The page and size that count if only the other is given.
const (
	firstPage       = 1
	defaultPageSize = 100
	maxPageSize     = 1 << 30
)

// Page is the part of a list that a request asks for.
type Page struct {
	// Asked reports whether the request pages at all; if not, everything is meant.
	Asked  bool
	Number int
	Size   int
}

// PageObject is how a page shows in an answer.
type PageObject struct {
	Number        int `json:"number"`
	Size          int `json:"size"`
	TotalElements int `json:"totalElements"`
	TotalPages    int `json:"totalPages"`
}

// PageOf reads page and size, or the older pageNumber and pageSize where
// neither is given. It returns an Invalid fault naming what is not a positive
// whole number.
func PageOf(c *gin.Context) (Page, error) {
	numberKey, sizeKey := "page", "size"
	number, size := filled(c, numberKey), filled(c, sizeKey)
	if number == "" && size == "" {
		numberKey, sizeKey = "pageNumber", "pageSize"
		number, size = filled(c, numberKey), filled(c, sizeKey)
	}
	page := Page{Asked: number != "" || size != "" || pagedForPeople(c.Request), Number: firstPage, Size: defaultPageSize}
	var fields []fault.Field
	for _, part := range []struct {
		key, value string
		target     *int
	}{{numberKey, number, &page.Number}, {sizeKey, size, &page.Size}} {
		if part.value == "" {
			continue
		}
		n, err := strconv.Atoi(part.value)
		switch {
		case errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(part.value, "-"), n > maxPageSize:
			fields = append(fields, fault.Field{Name: part.key, Message: fmt.Sprintf("must not be greater than %d", maxPageSize)})
		case err != nil || n < 1:
			fields = append(fields, fault.Field{Name: part.key, Message: "must be a whole number greater than or equal to 1"})
		default:
			*part.target = n
		}
	}
	if len(fields) > 0 {
		return Page{}, fault.InvalidFields(fields...)
	}
	return page, nil
}

// pagedForPeople reports whether somebody looks at the list in a browser, which
// shows it as a page; the JSON itself stays whole.
func pagedForPeople(r *http.Request) bool {
	return isPerson(r) && !strings.HasSuffix(r.URL.Path, ".json")
}

// Always makes a list paged even if the request does not ask for it.
func (p Page) Always() Page {
	p.Asked = true
	return p
}

// Limit is how many elements to read, 0 for all.
func (p Page) Limit() int {
	if !p.Asked {
		return 0
	}
	return p.Size
}

// Offset is how many elements to pass over.
func (p Page) Offset() int {
	if !p.Asked {
		return 0
	}
	return (p.Number - 1) * p.Size
}

// Object is what an answer says about the page, nil if the request does not
// page. An empty list has one page.
func (p Page) Object(total int) *PageObject {
	if !p.Asked {
		return nil
	}
	return &PageObject{Number: p.Number, Size: p.Size, TotalElements: total, TotalPages: max(1, (total+p.Size-1)/p.Size)}
}

// Next is the address of the next page, "" if there is none. The rest of the
// query is kept.
func (p Page) Next(c *gin.Context, total int) string {
	if !p.Asked || p.Number*p.Size >= total {
		return ""
	}
	return p.address(c, p.Number+1)
}

// Previous is the address of the page before, "" if there is none.
func (p Page) Previous(c *gin.Context) string {
	if !p.Asked || p.Number == firstPage {
		return ""
	}
	return p.address(c, p.Number-1)
}

func (p Page) address(c *gin.Context, number int) string {
	parts := []string{"size=" + strconv.Itoa(p.Size), "page=" + strconv.Itoa(number)}
	for _, pair := range Query(c) {
		switch pair.Key {
		case "page", "size", "pageNumber", "pageSize":
		default:
			parts = append(parts, url.QueryEscape(pair.Key)+"="+url.QueryEscape(pair.Value))
		}
	}
	return Self(c) + "?" + strings.Join(parts, "&")
}

// filled is the value of a key in the query, "" if it is blank.
func filled(c *gin.Context, key string) string {
	value, _ := QueryValue(c, key)
	return strings.TrimSpace(value)
}
