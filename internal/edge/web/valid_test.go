package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// checker is how to call the Nu checker. Without it the test is skipped, but never
// where the environment asks for it.
func checker(t *testing.T) []string {
	jar, err := filepath.Abs(filepath.Join("..", "..", "..", ".tools", "vnu", "build", "dist", "vnu.jar"))
	require.NoError(t, err)
	java, noJava := exec.LookPath("java")
	if _, err := os.Stat(jar); err == nil && noJava == nil {
		return []string{java, "-jar", jar, "--format", "json", "--stdout", "--exit-zero-always"}
	}
	if os.Getenv("ACCORD_REQUIRE_VNU") != "" {
		t.Fatal("the Nu checker was not found; .ci/tools vnu brings it")
	}
	t.Skip("the Nu checker was not found; .ci/tools vnu brings it")
	return nil
}

// finding is what the checker has to say of a page.
type finding struct {
	Type    string `json:"type"`
	URL     string `json:"url"`
	Line    int    `json:"lastLine"`
	Message string `json:"message"`
	Extract string `json:"extract"`
}

// harmful are names that break a page which does not escape them.
var harmful = []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "שלום עולם (rtl)", strings.Repeat("verylong", 60), "😀 {{.}} & co", `a'b"c<d>&amp;`}

// every are the addresses of the pages about what a broker has.
func every(t *testing.T, b *testbroker.Broker) []string {
	at := links.Base("")
	addresses := []string{
		"/", "/?status=failed&sort=provider", "/publish", "/environments", "/can-i-deploy", "/matrix", "/network", "/network?view=picture", "/activity", "/activity?kind=bad", "/audit", "/search?q=a", "/search?q=%3Cscript%3E", "/search",
		"/webhooks", "/webhooks/new", "/secrets", "/secrets/NOBODY", "/tokens", "/people", "/teams", "/roles", "/trust-rules", "/deprecations", "/health", "/jobs", "/settings", "/search?q=pay", "/pacticipants?as=resource", "/nowhere", "/pacticipants/nobody", "/doc/pb:pacticipant", "/account",
	}
	var all []any
	if embedded, some := b.Get("/pacticipants").OK().Find("_embedded", "pacticipants").([]any); some {
		all = embedded
	}
	for _, one := range all {
		name := one.(testbroker.Object)["name"].(string)
		escaped := url.QueryEscape(name)
		addresses = append(addresses, at.Pacticipant(name), at.Pacticipant(name)+"/edit", at.Pacticipant(name)+"/delete", "/network?around="+escaped, "/can-i-deploy?pacticipant="+escaped)
		if latest := b.Get(at.LatestVersion(name)); latest.Status == http.StatusOK {
			version := at.Version(name, latest.Text("number"))
			addresses = append(addresses, version, version+"/delete", version+"?as=resource")
		}
	}
	for _, pair := range b.Get("/integrations").OK().Find("_embedded", "integrations").([]any) {
		consumer, provider := pair.(testbroker.Object)["consumer"].(testbroker.Object)["name"].(string), pair.(testbroker.Object)["provider"].(testbroker.Object)["name"].(string)
		addresses = append(addresses, at.LatestPact(provider, consumer), at.LatestPact(provider, consumer)+"?show=failed&q=a", at.PactVersions(provider, consumer), at.MatrixOf(provider, consumer), "/network?from="+url.QueryEscape(consumer)+"&to="+url.QueryEscape(provider))
	}
	for _, hook := range b.Get("/api/v1/webhooks").OK().Find("items").([]any) {
		page := "/webhooks/" + hook.(testbroker.Object)["id"].(string)
		addresses = append(addresses, page, page+"/edit", page+"/delete", page+"/replay?status=given-up", page+"?status=delivered&application=nobody")
	}
	for _, delivery := range b.Get("/api/v1/webhook-deliveries?limit=2").OK().Find("items").([]any) {
		d := delivery.(testbroker.Object)
		addresses = append(addresses, "/webhooks/"+d["webhook_id"].(string)+"/deliveries/"+d["id"].(string))
	}
	return addresses
}

// written writes each page into a folder, and returns the address of each file.
func written(t *testing.T, folder string, b *testbroker.Broker, addresses []string) map[string]string {
	of := map[string]string{}
	for _, address := range addresses {
		answer := b.Visit(address)
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			continue
		}
		require.Less(t, answer.Status, http.StatusInternalServerError, address)
		file := filepath.Join(folder, fmt.Sprintf("%s-%d.html", filepath.Base(folder), len(of)))
		require.NoError(t, os.WriteFile(file, answer.Body, 0o600))
		of[file] = address
	}
	return of
}

func TestPages_areValidHTML(t *testing.T) {
	check := checker(t)
	brokers := map[string]*testbroker.Broker{
		"empty":   testbroker.New(t),
		"example": testbroker.New(t, testbroker.With(func(s *config.Settings) { s.SeedExampleData = true }), testbroker.With(testbroker.CallingHere)),
		"harmful": testbroker.New(t, testbroker.With(testbroker.CallingHere)),
	}
	for i, name := range harmful {
		brokers["harmful"].Pact(name, name).Branch(name[:min(len(name), 200)]).Tags("tag " + name).With(harmful[(i+1)%len(harmful)]).FailedBy("1 " + name).DeployedTo("production")
		brokers["harmful"].Put(links.Base("").Label(name, name), nil)
		brokers["harmful"].Post("/api/v1/webhooks", testbroker.Object{"description": name, "events": []string{"contract_published"}, "consumer": testbroker.Object{"name": name},
			"filter": testbroker.Object{"branches": []string{name}}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/x", "body": name, "headers": testbroker.Object{"x-a": "<i>"}}}).OK()
	}
	brokers["kinds"] = testbroker.New(t)
	for _, kind := range testbroker.Kinds() {
		brokers["kinds"].OfKind(kind).FailedBy("7")
	}
	folder := t.TempDir()
	pages := map[string]string{}
	for name, b := range brokers {
		within := filepath.Join(folder, name)
		require.NoError(t, os.Mkdir(within, 0o700))
		for file, address := range written(t, within, b, every(t, b)) {
			pages[file] = name + " " + address
		}
	}
	require.Greater(t, len(pages), 100)
	command := exec.CommandContext(t.Context(), check[0], append(slices.Clone(check[1:]), folder)...)
	out, err := command.Output()
	require.NoError(t, err, string(out))
	var said struct {
		Messages []finding `json:"messages"`
	}
	require.NoError(t, json.Unmarshal(out, &said), string(out))
	for _, found := range said.Messages {
		if found.Type != "error" && found.Type != "non-document-error" {
			continue
		}
		t.Errorf("%s, line %d: %s\n%s", pages[strings.TrimPrefix(found.URL, "file:")], found.Line, found.Message, found.Extract)
	}
}
