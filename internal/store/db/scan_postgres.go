package db

import (
	"encoding/binary"
	"reflect"

	"github.com/jackc/pgx/v5"
)

// set puts a value into a field as PostgreSQL has sent it.
func (c *postgresConn) set(field reflect.Value, oid uint32, format int16, raw []byte) error {
	if isText(oid) {
		return setText(field, string(raw))
	}
	if format == pgx.BinaryFormatCode {
		if known, err := setRaw(field, oid, raw); known || err != nil {
			return err
		}
	}
	return c.TypeMap().Scan(oid, format, raw, field.Addr().Interface())
}

// The numbers of PostgreSQL's types that are decoded here; pgx decodes others.
const (
	oidBool    = 16
	oidBytes   = 17
	oidName    = 19
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidText    = 25
	oidUnknown = 705
	oidVarchar = 1043
)

// setRaw puts a value into a field as PostgreSQL has sent it, in its binary
// form. It reports false for a type that it does not know.
func setRaw(field reflect.Value, oid uint32, raw []byte) (known bool, err error) {
	switch {
	case oid == oidInt8 && len(raw) == 8:
		return true, setInt(field, int64(binary.BigEndian.Uint64(raw)))
	case oid == oidInt4 && len(raw) == 4:
		return true, setInt(field, int64(int32(binary.BigEndian.Uint32(raw))))
	case oid == oidInt2 && len(raw) == 2:
		return true, setInt(field, int64(int16(binary.BigEndian.Uint16(raw))))
	case oid == oidBool && len(raw) == 1:
		return true, setInt(field, int64(raw[0]))
	case oid == oidBytes && field.Kind() == reflect.Slice:
		field.SetBytes(append([]byte{}, raw...))
		return true, nil
	}
	return false, nil
}

// isText reports whether values of the type are texts in every form.
func isText(oid uint32) bool {
	return oid == oidText || oid == oidVarchar || oid == oidName || oid == oidUnknown
}
