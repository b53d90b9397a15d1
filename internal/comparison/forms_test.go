package comparison_test

import (
	"fmt"
	"strings"
	"testing"
)

// A form is text, and its fields are read as those of a query are.
func TestForms(t *testing.T) {
	const document = `{"openapi":"3.0.3","info":{},"paths":{"/f":{"post":{"requestBody":{"required":true,"content":{%q:{"schema":{"type":"object","required":["n"],"additionalProperties":false,
		"properties":{"n":{"type":"integer"},"b":{"type":"boolean"},"t":{"type":"string"},"list":{"type":"array","items":{"type":"integer"}},"o":{"type":"object","additionalProperties":false,"properties":{"x":{"type":"number"},"y":{"type":"object","properties":{"z":{"type":"integer"}}}}},"m":{"type":"integer","nullable":true}}}}}},
		"responses":{"200":{"description":"ok"}}}}}}`
	const bad = "error request.body.incompatible"
	send := func(contentType, body string) string {
		return fmt.Sprintf(`"method":"POST","path":"/f","headers":{"Content-Type":%q},"body":%s`, contentType, body)
	}
	const form = "application/x-www-form-urlencoded"
	urlencoded := []interactionCase{
		{"a number", send(form, `"n=1"`), `"status":200`, ""},
		{"a number that is none", send(form, `"n=x"`), `"status":200`, bad},
		{"what is required is missing", send(form, `"t=x"`), `"status":200`, bad},
		{"an empty form", send(form, `""`), `"status":200`, bad},
		{"no form at all", `"method":"POST","path":"/f","headers":{"Content-Type":"application/x-www-form-urlencoded"}`, `"status":200`, bad},
		{"true and false", send(form, `"n=1&b=true"`), `"status":200`, ""},
		{"neither true nor false", send(form, `"n=1&b=1"`), `"status":200`, bad},
		{"text is decoded", send(form, `"n=1&t=a+b%26c"`), `"status":200`, ""},
		{"text of digits", send(form, `"n=1&t=1"`), `"status":200`, ""},
		{"a list by repetition", send(form, `"n=1&list=1&list=2"`), `"status":200`, ""},
		{"a list with brackets", send(form, `"n=1&list[]=1&list[]=2"`), `"status":200`, ""},
		{"a list of one", send(form, `"n=1&list=1"`), `"status":200`, ""},
		{"a list with what is no number", send(form, `"n=1&list=1&list=x"`), `"status":200`, bad},
		{"an object by brackets", send(form, `"n=1&o[x]=1.5&o[y][z]=2"`), `"status":200`, ""},
		{"an object by dots", send(form, `"n=1&o.x=1.5"`), `"status":200`, ""},
		{"an object that breaks", send(form, `"n=1&o[x]=a"`), `"status":200`, bad},
		{"an object with more", send(form, `"n=1&o[w]=1"`), `"status":200`, bad},
		{"what is nullable may be empty", send(form, `"n=1&m="`), `"status":200`, ""},
		{"what is not described", send(form, `"n=1&u=1"`), `"status":200`, bad},
		{"an object in the pact is a form too", send(form, `{"n":"1"}`), `"status":200`, ""},
		{"with a charset", send(form+";charset=utf-8", `"n=1"`), `"status":200`, ""},
		{"as JSON it is not accepted", send("application/json", `{"n":1}`), `"status":200`, "error request.content-type.incompatible"},
	}
	t.Run("urlencoded", func(t *testing.T) { checkInteractions(t, fmt.Sprintf(document, form), urlencoded) })

	part := func(name, value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	const multi = "multipart/form-data; boundary=x"
	multipart := []interactionCase{
		{"a number", send(multi, quoted(part("n", "1")+"--x--\r\n")), `"status":200`, ""},
		{"a number that is none", send(multi, quoted(part("n", "a")+"--x--\r\n")), `"status":200`, bad},
		{"what is required is missing", send(multi, quoted(part("t", "a")+"--x--\r\n")), `"status":200`, bad},
		{"several parts", send(multi, quoted(part("n", "1")+part("t", "text")+part("b", "false")+"--x--\r\n")), `"status":200`, ""},
		{"a list by repetition", send(multi, quoted(part("n", "1")+part("list", "1")+part("list", "2")+"--x--\r\n")), `"status":200`, ""},
		{"short line breaks", send(multi, quoted(strings.ReplaceAll(part("n", "1")+"--x--\r\n", "\r\n", "\n"))), `"status":200`, ""},
		{"a quoted boundary", send(`multipart/form-data; boundary="x"`, quoted(part("n", "1")+"--x--\r\n")), `"status":200`, ""},
		{"no boundary", send("multipart/form-data", quoted(part("n", "1")+"--x--\r\n")), `"status":200`, bad},
		{"another boundary", send("multipart/form-data; boundary=y", quoted(part("n", "1")+"--x--\r\n")), `"status":200`, bad},
		{"a file", send(multi, quoted("--x\r\nContent-Disposition: form-data; name=\"t\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n"+part("n", "1")+"--x--\r\n")), `"status":200`, ""},
	}
	t.Run("multipart", func(t *testing.T) { checkInteractions(t, fmt.Sprintf(document, "multipart/form-data"), multipart) })
}

// Objects and lists in a form are JSON unless the document says otherwise, and what
// stands in them is judged as it stands.
func TestForms_ofFieldsThatAreJSON(t *testing.T) {
	const document = `{"openapi":"3.0.3","info":{},"paths":{"/f":{"post":{"requestBody":{"content":{%q:{"schema":{"type":"object","properties":{
		"meta":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}},"tags":{"type":"array","items":{"type":"string"}},"all":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}}}},"text":{"type":"string"},"either":{"oneOf":[{"type":"string"},{"type":"object"}]}}}}}},
		"responses":{"200":{"description":"ok"}}}}}}`
	const bad, multi, form = "error request.body.incompatible", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"
	send := func(contentType, body string) string {
		return fmt.Sprintf(`"method":"POST","path":"/f","headers":{"Content-Type":%q},"body":%s`, contentType, quoted(body))
	}
	parts := func(fields ...string) string {
		text := ""
		for i := 0; i < len(fields); i += 2 {
			text += "--x\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\nContent-Type: application/json\r\n\r\n" + fields[i+1] + "\r\n"
		}
		return send(multi, text+"--x--\r\n")
	}
	checkInteractions(t, fmt.Sprintf(document, "multipart/form-data"), []interactionCase{
		{"an object", parts("meta", `{"n":1}`), `"status":200`, ""},
		{"an object that breaks", parts("meta", `{"n":"x"}`), `"status":200`, bad},
		{"nothing in it is converted", parts("meta", `{"n":"1"}`), `"status":200`, bad},
		{"an object that lacks something", parts("meta", `{}`), `"status":200`, bad},
		{"text that is none", parts("meta", `{n:1}`), `"status":200`, bad},
		{"a list", parts("tags", `["a","b"]`), `"status":200`, ""},
		{"a list of a part each", parts("tags", "a", "tags", "b"), `"status":200`, ""},
		{"objects of a part each", parts("all", `{"n":1}`, "all", `{"n":2}`), `"status":200`, ""},
		{"one of them", parts("all", `{"n":1}`), `"status":200`, ""},
		{"one of them that breaks", parts("all", `{"n":1}`, "all", `{"n":"x"}`), `"status":200`, bad},
		{"text that looks like JSON", parts("text", `{"n":1}`), `"status":200`, ""},
		{"either of both", parts("either", `{"n":1}`), `"status":200`, ""},
	})
	checkInteractions(t, fmt.Sprintf(document, form), []interactionCase{
		{"an object", send(form, "meta=%7B%22n%22%3A1%7D"), `"status":200`, ""},
		{"an object that breaks", send(form, "meta=%7B%22n%22%3A%22x%22%7D"), `"status":200`, bad},
		{"by brackets all the same", send(form, "meta[n]=1"), `"status":200`, ""},
	})
}

func TestForms_ofSwagger2(t *testing.T) {
	const bad = "error request.body.incompatible"
	send := func(contentType, body string) string {
		return fmt.Sprintf(`"method":"POST","path":"/f","headers":{"Content-Type":%q},"body":%s`, contentType, body)
	}
	const form = "application/x-www-form-urlencoded"
	checkInteractions(t, `{"swagger":"2.0","info":{},"paths":{"/f":{"post":{"consumes":["application/x-www-form-urlencoded","multipart/form-data"],"parameters":[
		{"name":"n","in":"formData","type":"integer","required":true},{"name":"tags","in":"formData","type":"array","items":{"type":"string","enum":["a","b"]},"collectionFormat":"pipes"},{"name":"file","in":"formData","type":"file"}],"responses":{"200":{"description":"ok"},"400":{"description":"no"}}},
		"put":{"consumes":["application/json"],"parameters":[{"name":"thing","in":"body","required":true,"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}}],"responses":{"200":{"description":"ok"}}},
		"patch":{"parameters":[{"name":"thing","in":"body","schema":{"type":"object","required":["n"]}}],"responses":{"200":{"description":"ok"}}}}}}`, []interactionCase{
		{"a field", send(form, `"n=1"`), `"status":200`, ""},
		{"a field that breaks its type", send(form, `"n=x"`), `"status":200`, bad},
		{"a field that is required and missing", send(form, `"tags=a"`), `"status":200`, bad},
		{"no form at all", `"method":"POST","path":"/f"`, `"status":200`, bad},
		{"no form at all, and so it is tested", `"method":"POST","path":"/f"`, `"status":400`, ""},
		{"a list by its separator", send(form, `"n=1&tags=a|b"`), `"status":200`, ""},
		{"a list by another separator", send(form, `"n=1&tags=a,b"`), `"status":200`, bad},
		{"a file", send("multipart/form-data; boundary=x", quoted("--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\n")), `"status":200`, ""},
		{"a body", `"method":"PUT","path":"/f","headers":{"Content-Type":"application/json"},"body":{"n":1}`, `"status":200`, ""},
		{"a body that breaks its schema", `"method":"PUT","path":"/f","headers":{"Content-Type":"application/json"},"body":{"n":"x"}`, `"status":200`, bad},
		{"a body that is required and missing", `"method":"PUT","path":"/f"`, `"status":200`, bad},
		{"a body that is optional and missing", `"method":"PATCH","path":"/f"`, `"status":200`, ""},
		{"a body of an optional parameter is judged", `"method":"PATCH","path":"/f","body":{}`, `"status":200`, bad},
		{"a body of a type that is not consumed", `"method":"PUT","path":"/f","headers":{"Content-Type":"text/plain"},"body":"x"`, `"status":200`, "error request.content-type.incompatible"},
	})
}

func TestSwagger2(t *testing.T) {
	checkInteractions(t, `{"swagger":"2.0","info":{},"basePath":"/v1","produces":["application/json"],"paths":{"/a":{
		"get":{"responses":{"200":{"description":"ok","headers":{"X-N":{"type":"integer"},"X-L":{"type":"array","items":{"type":"integer"},"collectionFormat":"ssv"}},"schema":{"$ref":"#/definitions/A"}},"404":{"$ref":"#/responses/None"},"204":{"description":"none"}}},
		"put":{"produces":["application/xml"],"parameters":[{"$ref":"#/parameters/Page"}],"responses":{"200":{"description":"ok","schema":{"type":"string"}}}}}},
		"parameters":{"Page":{"name":"page","in":"query","type":"integer","required":true}},
		"responses":{"None":{"description":"no","schema":{"type":"object","properties":{"why":{"type":"string"}}}}},
		"definitions":{"A":{"type":"object","discriminator":"kind","required":["kind"],"properties":{"kind":{"type":"string"}}},"B":{"allOf":[{"$ref":"#/definitions/A"},{"type":"object","properties":{"b":{"type":"integer"}}}]}}}`, []interactionCase{
		{"an answer", `"path":"/v1/a"`, `"status":200,"body":{"kind":"A"}`, ""},
		{"an answer of a child", `"path":"/v1/a"`, `"status":200,"body":{"kind":"B","b":1}`, ""},
		{"an answer of a child that breaks", `"path":"/v1/a"`, `"status":200,"body":{"kind":"B","b":"x"}`, "error response.body.incompatible"},
		{"an answer with more", `"path":"/v1/a"`, `"status":200,"body":{"kind":"A","b":1}`, "error response.body.incompatible"},
		{"an answer by reference", `"path":"/v1/a"`, `"status":404,"body":{"why":1}`, "error response.body.incompatible"},
		{"an answer without a schema", `"path":"/v1/a"`, `"status":204`, ""},
		{"an answer without a schema, with a body", `"path":"/v1/a"`, `"status":204,"body":{"a":1}`, "error response.body.unknown"},
		{"a header", `"path":"/v1/a"`, `"status":200,"headers":{"X-N":"1"}`, ""},
		{"a header that breaks", `"path":"/v1/a"`, `"status":200,"headers":{"X-N":"x"}`, "error response.header.incompatible"},
		{"a parameter by reference", `"method":"PUT","path":"/v1/a","query":"page=1"`, `"status":200`, ""},
		{"a parameter by reference that is missing", `"method":"PUT","path":"/v1/a"`, `"status":200`, "error request.query.incompatible"},
		{"what the document produces", `"path":"/v1/a","headers":{"Accept":"text/html"}`, `"status":200`, "error request.accept.incompatible"},
		{"what the operation produces", `"method":"PUT","path":"/v1/a","query":"page=1","headers":{"Accept":"application/xml"}`, `"status":200`, ""},
		{"what the operation produces counts alone", `"method":"PUT","path":"/v1/a","query":"page=1","headers":{"Accept":"application/json"}`, `"status":200`, "error request.accept.incompatible"},
		{"an answer of XML cannot be judged", `"method":"PUT","path":"/v1/a","query":"page=1"`, `"status":200,"headers":{"Content-Type":"application/xml"},"body":"<a/>"`, "warning response.body.unvalidatable"},
	})
}
