package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/openapi"
)

// apiPage lists the operations of the API.
type apiPage struct {
	frame
	Intro template.HTML
	// Name is what the addresses, summaries or names of the operations are to have in them.
	Name   string
	Groups []apiGroup
	Count  string
}

// apiGroup is the operations about one thing.
type apiGroup struct {
	Name, Text string
	Operations []*apiOperation
}

// apiOperation is one of the operations of openapi.yaml.
type apiOperation struct {
	ID, Method, Path, Summary string
	Deprecated                bool
	group                     string
	text                      string
	// at is where it stands in the document.
	at string
}

// operationPage tells all of one operation.
type operationPage struct {
	frame
	Operation   *apiOperation
	Description template.HTML
	Parameters  []apiParameter
	Bodies      []apiBody
	Answers     []apiAnswer
	// Schemas are those to which the bodies refer, and the schemas in these.
	Schemas []command
	// Open is where a browser finds the answer, "" where it needs more than the address.
	Open string
}

type apiParameter struct {
	Name, Where, Type string
	Text              template.HTML
	Required          bool
}

// apiBody is a form in which something is sent or answered.
type apiBody struct {
	Media string
	// Name is that of the schema, "" for one that has none and is shown at its place.
	Name    string
	Schema  command
	Example command
}

type apiAnswer struct {
	Status string
	Text   template.HTML
	Bodies []apiBody
}

// apiDocument is openapi.yaml with its operations in the order of the groups.
type apiDocument struct {
	*openapi.Document
	groups []apiGroup
	byID   map[string]*apiOperation
}

// apiMethods are the methods of operations, in the order in which they are shown.
var apiMethods = []string{"get", "post", "put", "patch", "delete"}

// readAPI reads openapi.yaml when the first page needs it.
var readAPI = sync.OnceValues(func() (*apiDocument, error) {
	document, err := openapi.Read(broker.OpenAPI)
	if err != nil {
		return nil, err
	}
	d := &apiDocument{Document: document, byID: map[string]*apiOperation{}}
	paths := objectAt(d.Find("/paths"))
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range apiMethods {
			found := objectAt(objectAt(paths[path])[method])
			if len(found) == 0 {
				continue
			}
			o := &apiOperation{
				ID: stringAt(found["operationId"]), Method: strings.ToUpper(method), Path: path, Summary: strings.TrimSuffix(stringAt(found["summary"]), "."),
				Deprecated: found["deprecated"] == true, at: "/paths/" + openapi.Token(path) + "/" + method, text: stringAt(found["description"]),
			}
			if tags := listAt(found["tags"]); len(tags) > 0 {
				o.group = stringAt(tags[0])
			}
			d.byID[o.ID] = o
		}
	}
	for _, tag := range listAt(d.Find("/tags")) {
		group := apiGroup{Name: stringAt(objectAt(tag)["name"]), Text: stringAt(objectAt(tag)["description"])}
		for _, o := range d.byID {
			if o.group == group.Name {
				group.Operations = append(group.Operations, o)
			}
		}
		slices.SortFunc(group.Operations, func(a, b *apiOperation) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(slices.Index(apiMethods, strings.ToLower(a.Method)), slices.Index(apiMethods, strings.ToLower(b.Method))))
		})
		d.groups = append(d.groups, group)
	}
	return d, nil
})

func objectAt(value any) map[string]any { found, _ := value.(map[string]any); return found }
func listAt(value any) []any            { found, _ := value.([]any); return found }
func stringAt(value any) string         { found, _ := value.(string); return found }

// rendered turns a text of ours into HTML.
func rendered(text string) template.HTML {
	var body bytes.Buffer
	if markdown.Convert([]byte(text), &body) != nil {
		return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
	}
	return template.HTML(body.String()) //nolint:gosec // rendered from texts that are part of the program
}

// showDocs lists what the API can do.
func (w *Web) showDocs(c *gin.Context) error {
	d, err := readAPI()
	if err != nil {
		return err
	}
	name, _ := edge.QueryValue(c, "name")
	shown := apiPage{frame: w.frame(c, "API", "/docs"), Name: strings.TrimSpace(name), Intro: rendered(stringAt(d.Find("/info/description")))}
	n := 0
	for _, group := range d.groups {
		group.Operations = filter(group.Operations, func(o *apiOperation) bool { return o.has(shown.Name) })
		if n += len(group.Operations); len(group.Operations) > 0 {
			shown.Groups = append(shown.Groups, group)
		}
	}
	shown.Count = counted(n, "operation")
	return w.show(c, "apidocs.html", shown)
}

// has reports whether the operation has a text in what is shown of it.
func (o *apiOperation) has(text string) bool {
	return strings.Contains(strings.ToLower(o.Method+" "+o.Path+" "+o.ID+" "+o.Summary), strings.ToLower(text))
}

// ofAQuestion reports whether a parameter is one of a question about versions, which has
// no answer as long as it names none.
func ofAQuestion(p apiParameter) bool { return p.Name == "ignore" }

// showOperation tells all of one operation.
func (w *Web) showOperation(c *gin.Context) error {
	d, err := readAPI()
	if err != nil {
		return err
	}
	o, known := d.byID[edge.Param(c, "operation")]
	if !known {
		return fault.Missing("The API has no operation %s.", edge.Param(c, "operation"))
	}
	f := w.frame(c, o.Summary, "/docs", entry{Text: "API", Address: here(c).Path("/docs")}, entry{Text: o.ID})
	shown := operationPage{frame: f, Operation: o, Description: rendered(o.text)}
	found := objectAt(d.Find(o.at))
	for _, list := range []any{objectAt(d.Find(o.at[:strings.LastIndex(o.at, "/")]))["parameters"], found["parameters"]} {
		for _, one := range listAt(list) {
			shown.Parameters = append(shown.Parameters, d.parameter(one))
		}
	}
	if o.Method == "GET" && !strings.Contains(o.Path, "{") && !slices.ContainsFunc(shown.Parameters, ofAQuestion) {
		shown.Open = here(c).Path(o.Path) + "?as=resource"
	}
	used := &schemasUsed{document: d}
	shown.Bodies = used.bodies(objectAt(d.followed(found["requestBody"]))["content"])
	answers := objectAt(found["responses"])
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		answer := objectAt(d.followed(answers[status]))
		shown.Answers = append(shown.Answers, apiAnswer{Status: status, Text: rendered(stringAt(answer["description"])), Bodies: used.bodies(answer["content"])})
	}
	for i := 0; i < len(used.names); i++ { // which grows while the schemas are read
		shown.Schemas = append(shown.Schemas, used.block(used.names[i], d.Find("/components/schemas/"+openapi.Token(used.names[i]))))
	}
	return w.show(c, "apioperation.html", shown)
}

// followed is what a value refers to, or the value itself.
func (d *apiDocument) followed(value any) any {
	if to := stringAt(objectAt(value)["$ref"]); to != "" {
		return d.Find(strings.TrimPrefix(to, "#"))
	}
	return value
}

func (d *apiDocument) parameter(value any) apiParameter {
	p := objectAt(d.followed(value))
	schema := objectAt(d.followed(p["schema"]))
	kind := stringAt(schema["type"])
	if allowed := listAt(schema["enum"]); len(allowed) > 0 {
		var words []string
		for _, one := range allowed {
			words = append(words, fmt.Sprint(one))
		}
		kind = strings.Join(words, ", ")
	}
	return apiParameter{Name: stringAt(p["name"]), Where: stringAt(p["in"]), Type: kind, Text: rendered(stringAt(p["description"])), Required: p["required"] == true}
}

// schemaPrefix begins the references to schemas that have a name.
const schemaPrefix = "#/components/schemas/"

// schemasUsed gathers the names of the schemas to which bodies refer.
type schemasUsed struct {
	document *apiDocument
	names    []string
}

// bodies are the forms of a content, by their media types.
func (u *schemasUsed) bodies(content any) (all []apiBody) {
	forms := objectAt(content)
	for _, media := range slices.Sorted(maps.Keys(forms)) {
		form := objectAt(forms[media])
		body := apiBody{Media: media}
		if schema, given := form["schema"]; given {
			block := u.block("Schema of "+media, schema)
			if name, is := strings.CutPrefix(stringAt(objectAt(schema)["$ref"]), schemaPrefix); is {
				body.Name = name
			} else {
				body.Schema = block
			}
		}
		if example, given := form["example"]; given {
			body.Example = u.block("Example of "+media, example)
		}
		all = append(all, body)
	}
	return all
}

// block is a part of the document as text; the schemas to which it refers are remembered.
func (u *schemasUsed) block(label string, value any) command {
	var remember func(any)
	remember = func(value any) {
		for key, one := range objectAt(value) {
			if name, is := strings.CutPrefix(stringAt(one), schemaPrefix); is && key == "$ref" && !slices.Contains(u.names, name) {
				u.names = append(u.names, name)
			}
			remember(one)
		}
		for _, one := range listAt(value) {
			remember(one)
		}
	}
	remember(value)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return plainText(label, err.Error())
	}
	return plainText(label, strings.TrimSpace(text.String()))
}
