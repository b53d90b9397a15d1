package db

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"sync"

	"gorm.io/gorm/schema"
)

// plan says where the columns of a statement go in a value of some type.
type plan struct {
	// single is for a type that holds the value of one column.
	single bool
	// fields are the fields of a struct by the names of their columns.
	fields map[string][]int
}

// plans holds the plan of each type that was ever scanned. There is one for a
// type, never for a statement, whose text may depend on the question.
var plans sync.Map

// naming gives fields the names of columns as GORM does, whose tags and rules
// for embedded structs are those of the rows.
var naming = schema.NamingStrategy{}

func planOf(t reflect.Type) (*plan, error) {
	if known, ok := plans.Load(t); ok {
		return known.(*plan), nil
	}
	p := &plan{single: t.Kind() != reflect.Struct, fields: map[string][]int{}}
	if !p.single {
		parsed, err := schema.Parse(reflect.New(t).Interface(), new(sync.Map), naming)
		if err != nil {
			return nil, fmt.Errorf("read the fields of %s: %w", t, err)
		}
		for name, field := range parsed.FieldsByDBName {
			p.fields[name] = field.StructField.Index
		}
	}
	plans.Store(t, p)
	return p, nil
}

// target takes up the rows that a statement finds.
type target struct {
	*plan
	// rows is the slice to which they are added.
	rows reflect.Value
}

// paths are the fields for the columns; nil is for a column that nobody wants.
func (t target) paths(columns int, name func(int) string) [][]int {
	paths := make([][]int, columns)
	for i := range paths {
		if t.single {
			paths[i] = []int{}
			return paths
		}
		paths[i] = t.fields[name(i)]
	}
	return paths
}

// add adds an empty row.
func (t target) add() reflect.Value {
	n := t.rows.Len()
	if n == t.rows.Cap() {
		t.rows.Grow(max(4, n))
	}
	t.rows.SetLen(n + 1)
	row := t.rows.Index(n)
	row.SetZero()
	return row
}

// at is the field at the path, which holds a value even where NULL would be nil.
func at(row reflect.Value, path []int) reflect.Value {
	for _, i := range path {
		row = row.Field(i)
	}
	if row.Kind() == reflect.Pointer {
		row.Set(reflect.New(row.Type().Elem()))
		row = row.Elem()
	}
	return row
}

// setValue puts what the driver of SQLite has read into a field.
func setValue(field reflect.Value, value any) error {
	switch v := value.(type) {
	case int64:
		return setInt(field, v)
	case string:
		return setText(field, v)
	case []byte:
		if field.Kind() == reflect.Slice {
			field.SetBytes(v)
			return nil
		}
		return setText(field, string(v))
	case bool:
		if field.Kind() == reflect.Bool {
			field.SetBool(v)
			return nil
		}
		if v {
			return setInt(field, 1)
		}
		return setInt(field, 0)
	case float64:
		if field.CanFloat() {
			field.SetFloat(v)
			return nil
		}
		if v != math.Trunc(v) || math.Abs(v) >= math.MaxInt64 {
			return fmt.Errorf("store: cannot put %v into %s", v, field.Type())
		}
		return setInt(field, int64(v))
	}
	return fmt.Errorf("store: cannot put %T into %s", value, field.Type())
}

func setInt(field reflect.Value, v int64) error {
	switch {
	case field.CanInt():
		if field.OverflowInt(v) {
			return fmt.Errorf("store: cannot put %d into %s", v, field.Type())
		}
		field.SetInt(v)
	case field.Kind() == reflect.Bool:
		field.SetBool(v != 0)
	case field.CanFloat():
		field.SetFloat(float64(v))
	case field.Kind() == reflect.String:
		field.SetString(strconv.FormatInt(v, 10))
	default:
		return fmt.Errorf("store: cannot put a number into %s", field.Type())
	}
	return nil
}

func setText(field reflect.Value, v string) error {
	switch {
	case field.Kind() == reflect.String:
		field.SetString(v)
	case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Uint8:
		field.SetBytes([]byte(v))
	default:
		return fmt.Errorf("store: cannot put a text into %s", field.Type())
	}
	return nil
}
