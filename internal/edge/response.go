package edge

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// HAL answers with v as JSON in the negotiated type, or in application/hal+json
// where none of the JSON types was negotiated.
func HAL(c *gin.Context, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	return HALBytes(c, status, body)
}

// HALBytes is HAL for a body that has been encoded already, the way Encode does.
func HALBytes(c *gin.Context, status int, body []byte) error {
	return Bytes(c, status, halType(c), body)
}

func halType(c *gin.Context) string {
	media := Accepted(c)
	if media == "" || media == Anything || media == PlainText || media == HTMLText {
		return HALJSON
	}
	return media
}

// Created answers 201 with v, and with a Location unless that is "".
func Created(c *gin.Context, location string, v any) error {
	if location != "" {
		c.Header("Location", location)
	}
	return HAL(c, http.StatusCreated, v)
}

// NoContent answers 204.
func NoContent(c *gin.Context) error {
	c.Status(http.StatusNoContent)
	return nil
}

// Text answers with a text of the given type.
func Text(c *gin.Context, status int, media, text string) error {
	return Bytes(c, status, media, []byte(text))
}

// Bytes answers with a body of the given type as it is; with charset unless the
// type is binary, for which the caller uses net/http itself.
func Bytes(c *gin.Context, status int, media string, body []byte) error {
	if unchanged(c, status, media, body) {
		return nil
	}
	return write(c.Writer, status, media, body)
}

// Encode writes v as JSON the way all answers have it: compact, and with <, >
// and & as they are, since clients compare texts.
func Encode(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

func writeJSON(w http.ResponseWriter, status int, media string, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	return write(w, status, media, body)
}

// write sends a body; the space that most servers put before charset would make
// the Ruby client's contracts fail.
func write(w http.ResponseWriter, status int, media string, body []byte) error {
	w.Header().Set("Content-Type", media+";charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	if err != nil {
		return clientGone{err}
	}
	return nil
}

// clientGone tells that an answer could not be sent to its end.
type clientGone struct{ error }

// Unwrap returns what went wrong.
func (e clientGone) Unwrap() error { return e.error }
