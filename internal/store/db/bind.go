package db

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// bind writes a statement in the database's way, and its arguments as values
// that the drivers know: a list stands for as many values in brackets, and
// PostgreSQL wants placeholders with numbers.
func bind(d Dialect, text string, args []any) (string, []any, error) {
	values := make([]any, 0, len(args))
	plain := d == SQLite
	for _, arg := range args {
		value, isList := valueOf(arg)
		plain = plain && !isList
		values = append(values, value)
	}
	if plain {
		return text, values, nil
	}
	return number(d, text, values)
}

// number writes the placeholders of a statement, whose text holds no question
// mark but these outside of quotes.
func number(d Dialect, text string, args []any) (string, []any, error) {
	var out strings.Builder
	out.Grow(len(text) + 2*len(args))
	values := make([]any, 0, len(args))
	placeholder := func(value any) {
		values = append(values, value)
		if d == SQLite {
			out.WriteByte('?')
			return
		}
		out.WriteByte('$')
		out.WriteString(strconv.Itoa(len(values)))
	}
	next, from, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		if text[i] == '\'' {
			quoted = !quoted
		}
		if text[i] != '?' || quoted {
			continue
		}
		if next == len(args) {
			return "", nil, fmt.Errorf("store: %d arguments are too few", len(args))
		}
		out.WriteString(text[from:i])
		from = i + 1
		if list, ok := args[next].(list); ok {
			list.write(&out, placeholder)
		} else {
			placeholder(args[next])
		}
		next++
	}
	out.WriteString(text[from:])
	if next < len(args) {
		return "", nil, fmt.Errorf("store: %d arguments are too many for %d places", len(args), next)
	}
	return out.String(), values, nil
}

// list is an argument for IN.
type list []any

func (l list) write(out *strings.Builder, placeholder func(any)) {
	out.WriteByte('(')
	for i, value := range l {
		if i > 0 {
			out.WriteByte(',')
		}
		placeholder(value)
	}
	if len(l) == 0 {
		out.WriteString("NULL")
	}
	out.WriteByte(')')
}

// valueOf returns an argument as one of the types that the drivers know: int64,
// float64, bool, string, []byte or nil; or as a list of them.
func valueOf(arg any) (value any, isList bool) {
	switch v := arg.(type) {
	case nil, int64, string, bool, []byte, float64:
		return v, false
	case int:
		return int64(v), false
	}
	v := reflect.ValueOf(arg)
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil, false
	case v.Kind() == reflect.Pointer:
		return valueOf(v.Elem().Interface())
	case v.CanInt():
		return v.Int(), false
	case v.Kind() == reflect.String:
		return v.String(), false
	case v.Kind() == reflect.Bool:
		return v.Bool(), false
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return v.Bytes(), false
	case v.Kind() == reflect.Slice:
		values := make(list, v.Len())
		for i := range values {
			values[i], _ = valueOf(v.Index(i).Interface())
		}
		return values, true
	}
	return arg, false
}
