package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// shapes is a descriptor with a service that takes a Shape and gives an Area.
func shapes() *descriptorpb.FileDescriptorSet {
	field := func(number int32, name string, kind descriptorpb.FieldDescriptorProto_Type, of string) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind, Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
		if of != "" {
			f.TypeName = &of
		}
		return f
	}
	repeated := func(f *descriptorpb.FieldDescriptorProto) *descriptorpb.FieldDescriptorProto {
		f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		return f
	}
	const (
		text, whole, big = descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_UINT64
		message, enum    = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_ENUM
		float, raw       = descriptorpb.FieldDescriptorProto_TYPE_FLOAT, descriptorpb.FieldDescriptorProto_TYPE_BYTES
	)
	return &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
		Name: proto.String("shapes.proto"), Package: proto.String("drawing.shapes"), Syntax: proto.String("proto3"),
		EnumType: []*descriptorpb.EnumDescriptorProto{{Name: proto.String("Unit"), Value: []*descriptorpb.EnumValueDescriptorProto{{Name: proto.String("METRE"), Number: proto.Int32(0)}, {Name: proto.String("INCH"), Number: proto.Int32(1)}}}},
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("Rectangle"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "side_length", float, ""), field(2, "width", float, "")}},
			{
				Name: proto.String("Shape"),
				Field: []*descriptorpb.FieldDescriptorProto{
					field(1, "rectangle", message, ".drawing.shapes.Rectangle"), repeated(field(2, "tags", text, "")), field(3, "unit", enum, ".drawing.shapes.Unit"),
					field(4, "id", big, ""), field(5, "seal", raw, ""), repeated(field(6, "counts", message, ".drawing.shapes.Shape.CountsEntry")), repeated(field(7, "parts", message, ".drawing.shapes.Shape")),
				},
				NestedType: []*descriptorpb.DescriptorProto{{Name: proto.String("CountsEntry"), Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)}, Field: []*descriptorpb.FieldDescriptorProto{field(1, "key", text, ""), field(2, "value", whole, "")}}},
			},
			{Name: proto.String("Area"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "value", float, "")}},
		},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("Calculator"), Method: []*descriptorpb.MethodDescriptorProto{{Name: proto.String("calculate"), InputType: proto.String(".drawing.shapes.Shape"), OutputType: proto.String(".drawing.shapes.Area")}}}},
	}}}
}

// inBase64 is a message as a contract has it.
func inBase64(t testing.TB, m proto.Message) string {
	encoded, err := proto.Marshal(m)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(encoded)
}

// typedInteraction is how an interaction is laid out whose content is of protobuf.
func typedInteraction(t *testing.T, descriptors, configuration, media, content string) interaction {
	text := func(s string) string { return string(must(json.Marshal(s))) }
	plugins := `[{"name":"protobuf","configuration":{"k1":{"protoDescriptors":` + text(descriptors) + `}}}]`
	contents := `{"contents":{"content":` + text(content) + `,"contentType":` + text(media) + `,"contentTypeHint":"BINARY","encoded":"base64"},
		"matchingRules":{"body":{"$.rectangle.side_length":{"combine":"AND","matchers":[{"match":"number"}]}}}}`
	v := contractView{protobuf: protobufSchemasOf(json.RawMessage(plugins))}
	return v.interaction(0, json.RawMessage(`{"type":"Synchronous/Messages","description":"d","pluginConfiguration":{"protobuf":`+configuration+`},"request":`+contents+`,"response":[`+contents+`]}`))
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// written is a block as it stands on the page.
func (b bodyBlock) written() string {
	var lines []string
	for _, l := range b.Lines {
		line := l.Indent + l.Key
		if l.Key != "" {
			line += ": "
		}
		lines = append(lines, strings.TrimRight(line+l.Text+" "+l.Rule, " "))
	}
	return strings.Join(lines, "\n")
}

// A content of protobuf is shown by the names of its fields, with the rules for them, as
// far as the contract has its definition.
func TestInteraction_readsProtobufByTheDefinitionInTheContract(t *testing.T) {
	rectangle := protowire.AppendFixed32(protowire.AppendTag(nil, 1, protowire.Fixed32Type), 0x40400000)
	content := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), rectangle)
	for _, tag := range []string{"<b>", "new"} {
		content = protowire.AppendString(protowire.AppendTag(content, 2, protowire.BytesType), tag)
	}
	content = protowire.AppendVarint(protowire.AppendTag(content, 3, protowire.VarintType), 1)
	content = protowire.AppendVarint(protowire.AppendTag(content, 4, protowire.VarintType), 1<<63)
	content = protowire.AppendBytes(protowire.AppendTag(content, 5, protowire.BytesType), []byte{0, 255})
	entry := protowire.AppendVarint(protowire.AppendTag(protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "corners"), 2, protowire.VarintType), 4)
	content = protowire.AppendBytes(protowire.AppendTag(content, 6, protowire.BytesType), entry)
	const want = "{\n  \"rectangle\": {\n    \"side_length\": 3 any number\n  },\n  \"tags\": [\n    \"<b>\",\n    \"new\"\n  ],\n  \"unit\": \"INCH\",\n  \"id\": 9223372036854775808,\n  \"seal\": \"AP8=\",\n  \"counts\": {\n    \"corners\": 4\n  }\n}"
	descriptors, sent := inBase64(t, shapes()), base64.StdEncoding.EncodeToString(content)
	for name, c := range map[string]struct{ configuration, media string }{
		"named in full":          {`{"descriptorKey":"k1"}`, "application/protobuf; message=.drawing.shapes.Shape"},
		"named without package":  {`{"descriptorKey":"k1"}`, "application/protobuf;message=Shape"},
		"named by the plugin":    {`{"descriptorKey":"k1","message":".drawing.shapes.Shape"}`, "application/protobuf"},
		"the input of a method":  {`{"descriptorKey":"k1","service":".drawing.shapes.Calculator/calculate"}`, "application/grpc"},
		"a method by short name": {`{"descriptorKey":"k1","service":"Calculator/calculate"}`, "application/protobuf"},
	} {
		part := typedInteraction(t, descriptors, c.configuration, c.media, sent).Parts[0]
		require.Len(t, part.Blocks, 1, name)
		require.Equal(t, fmt.Sprintf("drawing.shapes.Shape, %d bytes of protobuf", len(content)), part.Blocks[0].Title, name)
		require.Equal(t, want, strings.ReplaceAll(part.Blocks[0].written(), " : ", ": "), name)
		require.Empty(t, part.Further, name)
	}
	answer := typedInteraction(t, descriptors, `{"descriptorKey":"k1","service":"Calculator/calculate"}`, "application/protobuf", base64.StdEncoding.EncodeToString(append(rectangle, 0x78, 1))).Parts[1]
	require.Equal(t, "drawing.shapes.Area, 7 bytes of protobuf, 2 bytes of them in fields that its definition does not have", answer.Blocks[0].Title)
	require.Contains(t, answer.Blocks[0].written(), "\"value\": 3")

	for name, c := range map[string]struct{ descriptors, configuration, media, content string }{
		"a broken definition":       {descriptors[:40], `{"descriptorKey":"k1"}`, "application/protobuf;message=Shape", sent},
		"a definition of nonsense":  {"!", `{"descriptorKey":"k1"}`, "application/protobuf;message=Shape", sent},
		"another key":               {descriptors, `{"descriptorKey":"k2"}`, "application/protobuf;message=Shape", sent},
		"no such message":           {descriptors, `{"descriptorKey":"k1"}`, "application/protobuf;message=Circle", sent},
		"a service for a message":   {descriptors, `{"descriptorKey":"k1"}`, "application/protobuf;message=.drawing.shapes.Calculator", sent},
		"no name at all":            {descriptors, `{"descriptorKey":"k1","service":"Calculator/draw"}`, "application/protobuf", sent},
		"a content that is none":    {descriptors, `{"descriptorKey":"k1"}`, "application/protobuf;message=Shape", "CgUBAg=="},
		"a content of another kind": {descriptors, `{"descriptorKey":"k1","message":"Shape"}`, "image/png", sent},
	} {
		part := typedInteraction(t, c.descriptors, c.configuration, c.media, c.content).Parts[0]
		require.True(t, part.Blocks[0].Hex, "%s is shown as bytes", name)
	}
}

// Whatever a contract has for a definition or a content, its page costs little.
func TestProtobuf_costsLittleWhateverIsSent(t *testing.T) {
	spent := func(run func()) (uint64, time.Duration) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := time.Now()
		run()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, time.Since(started)
	}
	file := func(fill func(f *descriptorpb.FileDescriptorProto)) string {
		f := &descriptorpb.FileDescriptorProto{Name: proto.String("f"), Syntax: proto.String("proto3")}
		fill(f)
		return inBase64(t, &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{f}})
	}
	deep := func() *descriptorpb.DescriptorProto {
		m := &descriptorpb.DescriptorProto{Name: proto.String("m")}
		for range 1000 {
			m = &descriptorpb.DescriptorProto{Name: proto.String("m"), NestedType: []*descriptorpb.DescriptorProto{m}}
		}
		return m
	}()
	for name, descriptors := range map[string]string{
		"many empty messages": file(func(f *descriptorpb.FileDescriptorProto) {
			for range descriptorsRead/2 - 32 {
				f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{})
			}
		}),
		"many messages": file(func(f *descriptorpb.FileDescriptorProto) {
			for i := range descriptorsRead / 10 {
				f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{Name: proto.String(fmt.Sprintf("m%x", i))})
			}
		}),
		"many fields": file(func(f *descriptorpb.FileDescriptorProto) {
			m := &descriptorpb.DescriptorProto{Name: proto.String("m")}
			for i := range descriptorsRead / 20 {
				m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{Name: proto.String(fmt.Sprintf("f%x", i)), Number: proto.Int32(int32(i%15000) + 1), Type: descriptorpb.FieldDescriptorProto_TYPE_INT32.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()})
			}
			f.MessageType = append(f.MessageType, m)
		}),
		"messages in messages": file(func(f *descriptorpb.FileDescriptorProto) { f.MessageType = append(f.MessageType, deep) }),
	} {
		require.LessOrEqual(t, base64.StdEncoding.DecodedLen(len(descriptors)), descriptorsRead, name)
		bytes, took := spent(func() { protobufFiles(descriptors) })
		t.Logf("%s: %d KiB of descriptors, %d MiB, %s", name, len(descriptors)*3/4>>10, bytes>>20, took)
		require.Less(t, bytes, uint64(192<<20), name)
		require.Less(t, took, 5*time.Second, name)
	}

	set := shapes()
	long := strings.Repeat("n", 100<<10)
	set.File[0].MessageType[1].Field[6].Name, set.File[0].MessageType[0].Field[0].Name = &long, &long
	descriptors := inBase64(t, set)
	read := func(content []byte) (protobufReader, *sentContent) {
		s := &protobufSchemas{sent: map[string]string{"k": descriptors}, read: map[string]*protobufDefinitions{}, left: descriptorsRead, contents: contentsRead}
		return s.readerOf(json.RawMessage(`{"p":{"descriptorKey":"k","message":"Shape"}}`)), &sentContent{bytes: content, media: "application/protobuf"}
	}
	nested, many := []byte(nil), []byte(nil)
	for range 2000 {
		nested = protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), nested)
	}
	for len(many) < protobufRead-2 {
		many = append(protowire.AppendTag(many, 7, protowire.BytesType), 0)
	}
	for name, content := range map[string][]byte{"messages in messages": nested, "many messages": many, "too long": make([]byte, protobufRead+1), "a long text": protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), strings.Repeat("\x01", protobufRead-8))} {
		r, c := read(content)
		require.NotNil(t, r.definitions)
		bytes, took := spent(func() { r.read(c, false) })
		t.Logf("%s: %d MiB, %s", name, bytes>>20, took)
		require.Less(t, bytes, uint64(64<<20), name)
		require.Less(t, took, 5*time.Second, name)
	}
	r, c := read(many)
	for range 2 * contentsRead / protobufRead {
		r.read(c, false)
	}
	require.Less(t, r.schemas.contents, len(many), "all contents of a page are bounded together")
	require.GreaterOrEqual(t, r.schemas.contents, 0)
}

// Definitions and contents of which bytes were changed are read, or are not.
func TestProtobuf_readsWhatWasChangedOrLeavesIt(t *testing.T) {
	encoded, err := proto.Marshal(shapes())
	require.NoError(t, err)
	content := []byte{0x0a, 5, 0x0d, 0, 0, 0x40, 0x40, 0x12, 1, 'x', 0x18, 1, 0x32, 6, 0x0a, 2, 'a', 'b', 0x10, 4, 0x3a, 2, 0x12, 0}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		readable, read := 0, 0
		for range 2000 {
			definition := base64.StdEncoding.EncodeToString(changed(random, encoded, random.IntN(4)))
			s := &protobufSchemas{sent: map[string]string{"": definition}, read: map[string]*protobufDefinitions{}, left: descriptorsRead, contents: contentsRead}
			r := s.readerOf(json.RawMessage(`{"p":{"message":"Shape","service":"Calculator/calculate"}}`))
			if r.definitions == nil {
				continue
			}
			readable++
			value, _, _, is := r.read(&sentContent{bytes: changed(random, content, random.IntN(4)), media: "application/protobuf"}, random.IntN(4) == 0)
			if is {
				read++
				require.True(t, json.Valid(value), string(value))
			}
		}
		require.Positive(t, readable)
		require.Positive(t, read)
	}, 1)
}

// changed are bytes of which some are others, or missing, or there twice.
func changed(random *rand.Rand, from []byte, times int) []byte {
	made := slices.Clone(from)
	for range times {
		at := random.IntN(len(made))
		switch random.IntN(4) {
		case 0:
			made[at] ^= 1 << random.IntN(8)
		case 1:
			made[at] = byte(random.IntN(256))
		case 2:
			made = slices.Delete(made, at, max(at, min(at+1+random.IntN(3), len(made)-1)))
		default:
			made = slices.Insert(made, at, made[at:min(at+1+random.IntN(8), len(made))]...)
		}
	}
	return made
}

// FuzzProtobuf looks for definitions and contents that stop the page of a contract.
func FuzzProtobuf(f *testing.F) {
	encoded, _ := proto.Marshal(shapes())
	f.Add(encoded, []byte{0x0a, 5, 0x0d, 0, 0, 0x40, 0x40}, "Shape")
	f.Add(encoded, []byte{}, ".drawing.shapes.Area")
	f.Fuzz(func(t *testing.T, descriptors, content []byte, name string) {
		s := &protobufSchemas{sent: map[string]string{"": base64.StdEncoding.EncodeToString(descriptors)}, read: map[string]*protobufDefinitions{}, left: descriptorsRead, contents: contentsRead}
		r := s.readerOf(json.RawMessage(`{"p":{"message":` + string(must(json.Marshal(name))) + `,"service":` + string(must(json.Marshal(name))) + `}}`))
		value, _, _, is := r.read(&sentContent{bytes: content, media: "application/protobuf"}, false)
		if is && !json.Valid(value) {
			t.Fatalf("%q is no JSON", value)
		}
	})
}
