package canideploy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// discardLog swallows what a server says of handshakes that are meant to fail.
var discardLog = log.New(io.Discard, "", 0)

// recordedBroker stands for the broker at the other end of the line: it plays
// recorded answers one after the other, the last one for ever, and keeps what it
// was asked.
type recordedBroker struct {
	*httptest.Server
	mutex   sync.Mutex
	answers [][]byte
	asked   []*http.Request
	// explained is the answer about why, once the matrix was asked for; without it
	// the broker does not explain verdicts, and was not asked to.
	explained string
}

func newRecordedBroker(answers ...string) *recordedBroker {
	b := &recordedBroker{}
	for _, answer := range answers {
		b.answers = append(b.answers, []byte(answer))
	}
	b.Server = httptest.NewServer(http.HandlerFunc(b.play))
	return b
}

// play sends the next answer. One that begins with HTTP/ is sent with its own status
// and headers, any other as the JSON body of a success.
func (b *recordedBroker) play(w http.ResponseWriter, r *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.asked) > 0 && strings.HasSuffix(b.asked[0].URL.Path, "/matrix") && strings.HasSuffix(r.URL.Path, verdictsPath) {
		b.explain(w)
		return
	}
	b.asked = append(b.asked, r)
	answer := b.answers[0]
	if len(b.answers) > 1 {
		b.answers = b.answers[1:]
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/")) {
		w.Header().Set("Content-Type", "application/hal+json;charset=utf-8")
		_, _ = w.Write(answer) // the client's side of the test tells if this fails
		return
	}
	reply, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), r)
	if err != nil {
		panic(err)
	}
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.StatusCode)
	_, _ = io.Copy(w, reply.Body) // as above
}

func (b *recordedBroker) explain(w http.ResponseWriter) {
	if b.explained == "" {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, b.explained) // as above
}

// requests lists what was asked, one line each.
func (b *recordedBroker) requests() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var lines strings.Builder
	for _, r := range b.asked {
		fmt.Fprintf(&lines, "%s %s\n", r.Method, r.RequestURI)
		for _, name := range []string{"Accept", "Authorization", "X-Team"} {
			if value := r.Header.Get(name); value != "" {
				fmt.Fprintf(&lines, "  %s: %s\n", name, value)
			}
		}
	}
	return lines.String()
}

const yesAnswer = `{"summary":{"deployable":true,"reason":"all is well","success":1,"failed":0,"unknown":0},"notices":[{"type":"success","text":"all is well"}],"matrix":[{"consumer":{"name":"Shop","version":{"number":"1a2b"}},"provider":{"name":"Stock","version":{"number":"10"}},"verificationResult":{"success":true,"_links":{"self":{"href":"http://broker/results/1"}}}}]}`

const noAnswer = `{"summary":{"deployable":false,"reason":"it failed","success":0,"failed":1,"unknown":0},"notices":[{"type":"error","text":"it failed"}],"matrix":[{"consumer":{"name":"Shop","version":{"number":"1a2b"}},"provider":{"name":"Stock","version":{"number":"10"}},"verificationResult":{"success":false,"_links":{"self":{"href":"http://broker/results/2"}}}}]}`

const unknownAnswer = `{"summary":{"deployable":null,"reason":"nobody knows","success":0,"failed":0,"unknown":1},"notices":[{"type":"error","text":"nobody knows"}],"matrix":[{"consumer":{"name":"Shop","version":{"number":"1a2b"}},"provider":{"name":"Stock","version":null},"verificationResult":null}]}`

func refusal(status int, headers ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d Refused\r\nContent-Type: application/hal+json;charset=utf-8\r\n%s\r\n", status,
		strings.Join(append(headers, ""), "\r\n"))
}

// asking runs the program against the recorded answers and returns everything it did.
type asking struct {
	code        int
	out, errOut string
	broker      *recordedBroker
	pauses      []string
}

func ask(t *testing.T, variables map[string]string, answers []string, args ...string) asking {
	t.Helper()
	b := newRecordedBroker(answers...)
	t.Cleanup(b.Close)
	return askAt(t, b, variables, append([]string{"-b", b.URL}, args...)...)
}

func askAt(t *testing.T, b *recordedBroker, variables map[string]string, args ...string) asking {
	t.Helper()
	var out, errOut bytes.Buffer
	clock := &fakeClock{}
	p := &program{out: &out, errOut: &errOut, env: func(name string) string { return variables[name] }, now: clock.now, pause: clock.pause}
	code := p.run(t.Context(), args)
	return asking{code: code, out: out.String(), errOut: errOut.String(), broker: b, pauses: clock.pauses}
}
