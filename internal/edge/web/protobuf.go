package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// What of protobuf is read, whoever has written it. What is more is shown as bytes.
const (
	// descriptorsRead is how many bytes of descriptors are read for a page.
	descriptorsRead = 256 << 10
	// protobufRead is how long a content may be, contentsRead all those of a page together;
	// protobufWritten is how long one may become, and protobufDepth how deep messages may
	// stand in each other.
	protobufRead    = 64 << 10
	contentsRead    = 512 << 10
	protobufWritten = 256 << 10
	protobufDepth   = 32
)

// protobufSchemas are the definitions of messages that plugins have put into a contract.
type protobufSchemas struct {
	// sent are the descriptors in base64, by their keys.
	sent map[string]string
	// read are those that were read already, nil for those that cannot be.
	read map[string]*protobufDefinitions
	// left is how many bytes of descriptors may still be read, contents of contents.
	left, contents int
}

// protobufDefinitions are the files of a descriptor, with the extensions in them.
type protobufDefinitions struct {
	files *protoregistry.Files
	types *dynamicpb.Types
}

// protobufSchemasOf finds the descriptors among the configuration of plugins.
func protobufSchemasOf(plugins json.RawMessage) *protobufSchemas {
	s := &protobufSchemas{sent: map[string]string{}, read: map[string]*protobufDefinitions{}, left: descriptorsRead, contents: contentsRead}
	var list []json.RawMessage
	_ = json.Unmarshal(plugins, &list) // what is no list has none
	for _, one := range list {
		for _, configured := range membersOf(fields(one)["configuration"]) {
			f := fields(configured.Value)
			for _, name := range []string{"protoDescriptors", "descriptors"} {
				if value := f[name]; isText(value) {
					s.sent[configured.Name] = textOf(value)
				}
			}
		}
	}
	return s
}

// definitions are those with a key, nil if there are none that can be read.
func (s *protobufSchemas) definitions(key string) *protobufDefinitions {
	found, known := s.read[key]
	if !known {
		sent := s.sent[key]
		if size := base64.StdEncoding.DecodedLen(len(sent)); size <= s.left {
			s.left -= size
			if files := protobufFiles(sent); files != nil {
				found = &protobufDefinitions{files, dynamicpb.NewTypes(files)}
			}
		}
		s.read[key] = found
	}
	return found
}

// protobufFiles reads descriptors; nil if they are broken.
func protobufFiles(sent string) (files *protoregistry.Files) {
	defer func() {
		if recover() != nil { // whoever publishes a contract must not stop its page
			files = nil
		}
	}()
	encoded, err := base64.StdEncoding.DecodeString(sent)
	if err != nil || len(encoded) == 0 {
		return nil
	}
	set := &descriptorpb.FileDescriptorSet{}
	if (proto.UnmarshalOptions{RecursionLimit: protobufDepth}).Unmarshal(encoded, set) != nil {
		return nil
	}
	if files, err = protodesc.NewFiles(set); err != nil {
		return nil
	}
	return files
}

// protobufReader reads the contents of an interaction. The zero value reads none.
type protobufReader struct {
	schemas     *protobufSchemas
	definitions *protobufDefinitions
	// message is the type of the contents where they do not say it themselves; input and
	// output are those of the method that is called.
	message       string
	input, output protoreflect.MessageDescriptor
}

// readerOf is the reader for an interaction with such a configuration of plugins.
func (s *protobufSchemas) readerOf(configuration json.RawMessage) (r protobufReader) {
	if s == nil || len(s.sent) == 0 {
		return r
	}
	r.schemas = s
	for _, configured := range membersOf(configuration) {
		f := fields(configured.Value)
		if r.definitions = s.definitions(textOf(f["descriptorKey"])); r.definitions == nil {
			continue
		}
		if isText(f["message"]) {
			r.message = textOf(f["message"])
		}
		r.input, r.output = methodOf(r.definitions.files, textOf(f["service"]))
		return r
	}
	return r
}

// methodOf are the types of a method that is written as Service/method, with or without
// the package; nil if it is not there.
func methodOf(files *protoregistry.Files, written string) (input, output protoreflect.MessageDescriptor) {
	service, method, _ := strings.Cut(strings.TrimPrefix(written, "."), "/")
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			s := file.Services().Get(i)
			if m := s.Methods().ByName(protoreflect.Name(method)); m != nil && isNamed(s, service) {
				input, output = m.Input(), m.Output()
			}
		}
		return input == nil
	})
	return input, output
}

// isNamed reports whether a name is that of a definition, in full or without its package.
func isNamed(d protoreflect.Descriptor, name string) bool {
	return string(d.FullName()) == name || string(d.Name()) == name
}

// messageOf is the type of a content: the one that its media type names, else that of the
// interaction.
func (r protobufReader) messageOf(media string, answers bool) protoreflect.MessageDescriptor {
	called := r.input
	if answers {
		called = r.output
	}
	named := r.message
	for parameter := range strings.SplitSeq(media, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(parameter), "="); strings.EqualFold(name, "message") {
			named = strings.Trim(value, `"`)
		}
	}
	named = strings.TrimPrefix(named, ".")
	if named == "" || called != nil && isNamed(called, named) {
		return called
	}
	if d, err := r.definitions.files.FindDescriptorByName(protoreflect.FullName(named)); err == nil {
		message, _ := d.(protoreflect.MessageDescriptor)
		return message
	}
	var found []protoreflect.MessageDescriptor
	r.definitions.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if m := file.Messages().ByName(protoreflect.Name(named)); m != nil {
			found = append(found, m)
		}
		return len(found) < 2
	})
	if len(found) == 1 { // a name that several have says nothing
		return found[0]
	}
	return nil
}

// read is a content as JSON, with the name of its type and how many of its bytes are in no
// field that the type has; it reports whether it could be read.
func (r protobufReader) read(c *sentContent, answers bool) (value json.RawMessage, name string, unknown int, is bool) {
	media, _, _ := strings.Cut(strings.ToLower(c.media), ";")
	if r.definitions == nil || len(c.bytes) > min(protobufRead, r.schemas.contents) || !strings.Contains(media, "protobuf") && !strings.Contains(media, "grpc") {
		return nil, "", 0, false
	}
	defer func() {
		if recover() != nil { // whoever publishes a contract must not stop its page
			value, is = nil, false
		}
	}()
	of := r.messageOf(c.media, answers)
	if of == nil {
		return nil, "", 0, false
	}
	r.schemas.contents -= len(c.bytes)
	message := dynamicpb.NewMessage(of)
	options := proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: protobufDepth, Resolver: r.definitions.types}
	if options.Unmarshal(c.bytes, message) != nil {
		return nil, "", 0, false
	}
	w := protobufWriter{}
	w.message(message)
	if len(w.text) > protobufWritten || !json.Valid(w.text) {
		return nil, "", 0, false
	}
	return w.text, string(of.FullName()), w.unknown, true
}

// protobufWriter writes a message as JSON with the names that its definition has, as the
// rules of plugins do. It ends where the text becomes too long.
type protobufWriter struct {
	text    []byte
	unknown int
}

func (w *protobufWriter) message(m protoreflect.Message) {
	w.unknown += len(m.GetUnknown())
	defined := m.Descriptor().Fields()
	set := make([]protoreflect.FieldDescriptor, 0, defined.Len())
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, f)
		return true
	})
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	w.put("{")
	for i, f := range set {
		if i > 0 {
			w.put(",")
		}
		name := string(f.Name())
		if f.IsExtension() {
			name = "[" + string(f.FullName()) + "]"
		}
		w.quoted(name)
		w.put(":")
		w.field(f, m.Get(f))
	}
	w.put("}")
}

func (w *protobufWriter) field(f protoreflect.FieldDescriptor, value protoreflect.Value) {
	switch {
	case f.IsMap():
		w.entries(f, value.Map())
	case f.IsList():
		w.put("[")
		for i := range value.List().Len() {
			if i > 0 {
				w.put(",")
			}
			w.value(f, value.List().Get(i))
		}
		w.put("]")
	default:
		w.value(f, value)
	}
}

// entries writes a map in the order of its keys.
func (w *protobufWriter) entries(f protoreflect.FieldDescriptor, entries protoreflect.Map) {
	var keys []protoreflect.MapKey
	entries.Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, key)
		return true
	})
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int { return strings.Compare(a.String(), b.String()) })
	w.put("{")
	for i, key := range keys {
		if i > 0 {
			w.put(",")
		}
		w.quoted(key.String())
		w.put(":")
		w.value(f.MapValue(), entries.Get(key))
	}
	w.put("}")
}

func (w *protobufWriter) value(f protoreflect.FieldDescriptor, value protoreflect.Value) {
	if len(w.text) > protobufWritten {
		return
	}
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		w.message(value.Message())
	case protoreflect.EnumKind:
		if named := f.Enum().Values().ByNumber(value.Enum()); named != nil {
			w.quoted(string(named.Name()))
			return
		}
		w.put(strconv.Itoa(int(value.Enum())))
	case protoreflect.BytesKind:
		w.quoted(base64.StdEncoding.EncodeToString(value.Bytes()))
	case protoreflect.StringKind:
		w.quoted(value.String())
	case protoreflect.FloatKind:
		w.number(value.Float(), 32)
	case protoreflect.DoubleKind:
		w.number(value.Float(), 64)
	default: // a truth value or a whole number
		w.put(fmt.Sprint(value.Interface()))
	}
}

// number writes a number; JSON has no word for those that are none.
func (w *protobufWriter) number(value float64, bits int) {
	text := strconv.FormatFloat(value, 'g', -1, bits)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		text = strconv.Quote(text)
	}
	w.put(text)
}

func (w *protobufWriter) quoted(text string) {
	if len(w.text)+len(text) > protobufWritten {
		w.text = append(w.text, make([]byte, protobufWritten+1)...) // too long as a whole
		return
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false) // the template does what a page needs
	_ = encoder.Encode(text)     // a text can always be written
	w.text = append(w.text, bytes.TrimSpace(quoted.Bytes())...)
}

func (w *protobufWriter) put(text string) { w.text = append(w.text, text...) }
