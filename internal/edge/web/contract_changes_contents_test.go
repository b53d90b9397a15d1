package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/accord-broker/accord/internal/pactfile"
)

// calculating is a contract of a plugin that asks for the area of a shape with such a tag.
func calculating(t *testing.T, tag, note string, answers ...string) pactfile.Body {
	text := func(s string) string { return string(must(json.Marshal(s))) }
	content := protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), tag)
	wrapped := func(media string, bytes []byte) string {
		return `{"content":` + text(base64.StdEncoding.EncodeToString(bytes)) + `,"contentType":` + text(media) + `,"contentTypeHint":"BINARY","encoded":"base64"}`
	}
	responses := "["
	for i, answer := range answers {
		responses += `{"contents":` + wrapped("application/x-unknown", []byte(answer)) + "}" + comma(i, len(answers))
	}
	written := `{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"type":"Synchronous/Messages","description":"d",
		"interactionMarkup":{"markup":` + text("message Shape {\n  // "+note+"\n}") + `,"markupType":"COMMON_MARK"},
		"pluginConfiguration":{"protobuf":{"descriptorKey":"k1"}},
		"request":{"contents":` + wrapped("application/protobuf; message=Shape", content) + `},"response":` + responses + `]}],
		"metadata":{"pactSpecification":{"version":"4.0"},"plugins":[{"name":"protobuf","configuration":{"k1":{"protoDescriptors":` + text(inBase64(t, shapes())) + `}}}]}}`
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, []byte(written)))
	return compact.Bytes()
}

// What changed in the content of a plugin is shown as people read it, not in base64.
func TestContractChanges_showContentsOfPluginsAsTheyAreRead(t *testing.T) {
	old, now := calculating(t, "red", "old", "\x00\x01no"), calculating(t, "<blue>", "new", "\x00\x01yes", "\x02more")
	var changes contractChanges
	changes.read(pactfile.Changes(old, now), changesReader{protobufIn(old), protobufIn(now)})
	found := map[string][2]string{}
	for _, c := range changes.List {
		found[c.Path] = [2]string{c.Before, c.After}
	}
	require.Equal(t, map[string][2]string{
		"/interactionMarkup/markup": {"message Shape {\n  // old\n}", "message Shape {\n  // new\n}"},
		"/request/contents/content": {
			"drawing.shapes.Shape, 5 bytes of protobuf\n{\n  \"tags\": [\n    \"red\"\n  ]\n}",
			"drawing.shapes.Shape, 8 bytes of protobuf\n{\n  \"tags\": [\n    \"<blue>\"\n  ]\n}",
		},
		"/response/0/contents/content": {"application/x-unknown · 4 bytes\n00 01 6e 6f              ..no", "application/x-unknown · 5 bytes\n00 01 79 65 73           ..yes"},
		"/response/1": {
			"not asked for",
			"{\n  \"contents\": {\n    \"content\": \"02 6d 6f 72 65           .more\",\n    \"contentType\": \"application/x-unknown\",\n    \"contentTypeHint\": \"BINARY\",\n    \"encoded\": \"base64\"\n  }\n}",
		},
	}, found)
}
