// Memory measures how much memory a broker takes while it is sent the largest
// bodies, and fails if that is more than it may take:
//
//	go build -o bin/ ./cmd/broker && go run ./internal/testing/memory bin/broker
//
// A word behind that measures only the loads in whose names it is.
// It reads /proc, so it works on Linux only.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// most is how much memory a broker may take, in MB.
const most = 256

func main() {
	if err := measure(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

func measure(args []string) error {
	if len(args) == 0 {
		return errors.New("give the program to measure, such as bin/broker")
	}
	var failed error
	for _, load := range []struct {
		name  string
		apply func(broker) map[int]int
	}{
		{"a contract of 48 MB with interactions {}", func(b broker) map[int]int { return b.put(1, emptyInteractions(48<<20)) }},
		{"a contract of 19 MB with interactions {}", func(b broker) map[int]int { return b.put(1, emptyInteractions(19<<20)) }},
		{"a contract of 19 MB", func(b broker) map[int]int { return b.put(1, interactions(19<<20)) }},
		{"200 contracts of 4.7 MB at once, by PUT", func(b broker) map[int]int { return b.put(200, interactions(4_700_000)) }},
		{"200 contracts of 4.7 MB at once, published", func(b broker) map[int]int { return b.publish(200, interactions(3_500_000)) }},
		{"a contract of 19 MB read 100 times at once", func(b broker) map[int]int { return b.after(b.one(1, 19<<20), 100, "GET", pactAddress, nil) }},
		{"a contract of 4.7 MB read 200 times at once", func(b broker) map[int]int { return b.after(b.one(1, 4_700_000), 200, "GET", pactAddress, nil) }},
		{"50 pages of a contract of 4.7 MB at once", func(b broker) map[int]int { return b.after(b.one(2, 4_700_000), 50, "PAGE", pactAddress, nil) }},
		{"50 comparisons of two contracts of 4.7 MB", func(b broker) map[int]int {
			return b.after(b.one(2, 4_700_000), 50, "GET", pactAddress+"/diff/previous-distinct", nil)
		}},
		{"50 merges with a contract of 19 MB", func(b broker) map[int]int {
			return b.after(b.one(1, 19<<20), 50, "PATCH", pactAddress, emptyInteractions(300))
		}},
		{"a document of 150,000 paths, four times at once", func(b broker) map[int]int { return b.publishContract(4, documentOf(150_000)) }},
		{"a document of 19,000 paths, four times at once", func(b broker) map[int]int { return b.publishContract(4, documentOf(19_000)) }},
		{"the largest document of YAML, four times", func(b broker) map[int]int { return b.publishContract(4, listOf("- {a: 1}\n", 190_000)) }},
		{"the largest document of JSON, four times", func(b broker) map[int]int {
			return b.publishContract(4, []byte(`{"openapi":"3.0.3","paths":{},"x":[`+strings.Repeat(`{"a":1},`, 330_000)+`1]}`))
		}},
	} {
		if len(args) > 1 && !strings.Contains(load.name, args[1]) {
			continue
		}
		if err := one(args[0], load.name, load.apply); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// one starts a broker, puts the load on it, and tells what memory it took.
func one(program, name string, apply func(broker) map[int]int) error {
	b, stop, err := start(program)
	if err != nil {
		return err
	}
	defer stop()
	idle, began := b.memory("VmRSS"), time.Now()
	statuses := apply(b)
	took := time.Since(began)
	peak := b.memory("VmHWM")
	time.Sleep(10 * time.Second)
	fmt.Fprintf(os.Stdout, "%-45s idle %4d MB, at most %4d MB, 10 s later %4d MB; %v in %s\n", name, idle, peak, b.memory("VmRSS"), statuses, took.Round(10*time.Millisecond))
	if statuses[0] > 0 {
		return fmt.Errorf("%s: %d connections broke", name, statuses[0])
	}
	if peak > most {
		return fmt.Errorf("%s: %d MB are more than %d MB", name, peak, most)
	}
	return nil
}

// broker is a running program to measure.
type broker struct {
	address string
	process int
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func start(program string) (broker, func(), error) {
	folder, err := os.MkdirTemp("", "accord-memory-*")
	if err != nil {
		return broker{}, nil, err
	}
	program, err = filepath.Abs(program)
	if err != nil {
		return broker{}, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, "serve", "--port", "0", "--seed-example-data=false", "--log-level", "error")
	command.Dir = folder
	out, err := command.StdoutPipe()
	if err != nil {
		cancel()
		return broker{}, nil, err
	}
	stop := func() {
		cancel()
		_ = command.Wait() // it was told to stop
		_ = os.RemoveAll(folder)
	}
	if err := command.Start(); err != nil {
		cancel()
		return broker{}, nil, err
	}
	said := make([]byte, 4096)
	n, _ := out.Read(said) // what it says shows whether it runs
	address := listening.Find(said[:n])
	if address == nil {
		stop()
		return broker{}, nil, fmt.Errorf("%s does not say where it listens: %q", program, said[:n])
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return broker{string(address), command.Process.Pid}, stop, nil
}

// memory reads a line of /proc in MB.
func (b broker) memory(name string) int {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(b.process) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			kilobytes, _ := strconv.Atoi(fields[1])
			return kilobytes >> 10
		}
	}
	return 0
}

// put sends so many contracts at once and counts the answers by status, 0 for
// connections that broke.
func (b broker) put(times int, content []byte) map[int]int {
	return b.together(times, func(i int) (*http.Request, error) {
		address := fmt.Sprintf("%s/pacts/provider/Stock/consumer/Shop/version/%d", b.address, i)
		return http.NewRequest(http.MethodPut, address, bytes.NewReader(content))
	})
}

// pactAddress is the contract of the last version.
const pactAddress = "/pacts/provider/Stock/consumer/Shop/version/last"

// one publishes contracts of that size one after another, the last one under the
// version of pactAddress, and counts what did not work.
func (b broker) one(contracts, size int) map[int]int {
	failed := map[int]int{}
	for i := range contracts {
		version := "last"
		if i < contracts-1 {
			version = strconv.Itoa(i)
		}
		content := bytes.Replace(interactions(size), []byte("request 1"), []byte("request x"+version), 1)
		status := send(http.NewRequest(http.MethodPut, b.address+"/pacts/provider/Stock/consumer/Shop/version/"+version, bytes.NewReader(content)))
		if status != http.StatusCreated {
			failed[status]++
		}
	}
	return failed
}

// after sends so many requests at once, unless something failed before.
func (b broker) after(failed map[int]int, times int, method, path string, body []byte) map[int]int {
	if len(failed) > 0 {
		return failed
	}
	return b.together(times, func(int) (*http.Request, error) {
		if method != "PAGE" {
			return http.NewRequest(method, b.address+path, bytes.NewReader(body))
		}
		request, err := http.NewRequest(http.MethodGet, b.address+path, nil)
		if err == nil {
			request.Header.Set("Accept", "text/html,application/xhtml+xml")
		}
		return request, err
	})
}

// publish does the same by POST /contracts/publish.
func (b broker) publish(times int, content []byte) map[int]int {
	encoded := base64.StdEncoding.EncodeToString(content)
	return b.together(times, func(i int) (*http.Request, error) {
		body, err := json.Marshal(map[string]any{
			"pacticipantName": "Shop", "pacticipantVersionNumber": strconv.Itoa(i),
			"contracts": []any{map[string]any{"consumerName": "Shop", "providerName": "Stock", "specification": "pact", "contentType": "application/json", "content": encoded}},
		})
		if err != nil {
			return nil, err
		}
		return http.NewRequest(http.MethodPost, b.address+"/contracts/publish", bytes.NewReader(body))
	})
}

// publishContract publishes the document of a provider so many times at once.
func (b broker) publishContract(times int, document []byte) map[int]int {
	encoded := base64.StdEncoding.EncodeToString(document)
	return b.together(times, func(i int) (*http.Request, error) {
		body, err := json.Marshal(map[string]any{"pacticipantVersionNumber": strconv.Itoa(i), "contract": map[string]any{"content": encoded}})
		if err != nil {
			return nil, err
		}
		return http.NewRequest(http.MethodPost, b.address+"/provider-contracts/provider/Stock/publish", bytes.NewReader(body))
	})
}

// documentOf is a document of YAML with so many paths.
func documentOf(paths int) []byte {
	text := bytes.NewBufferString("openapi: 3.0.3\npaths:\n")
	for i := range paths {
		fmt.Fprintf(text, "  /p%d: {get: {responses: {'200': {description: ok}}}}\n", i)
	}
	return text.Bytes()
}

// listOf is a document of YAML in which so many items stand beside what it promises.
func listOf(item string, items int) []byte {
	return []byte("openapi: 3.0.3\npaths: {}\nx:\n" + strings.Repeat(item, items))
}

func (b broker) together(times int, request func(i int) (*http.Request, error)) map[int]int {
	var group sync.WaitGroup
	var mutex sync.Mutex
	statuses := map[int]int{}
	for i := range times {
		group.Go(func() {
			status := send(request(i))
			mutex.Lock()
			defer mutex.Unlock()
			statuses[status]++
		})
	}
	group.Wait()
	return statuses
}

func send(request *http.Request, err error) int {
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, "broke off:", err)
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // only the status counts
	return response.StatusCode
}

// emptyInteractions is a contract of that size in which nothing is said.
func emptyInteractions(size int) []byte {
	list := strings.TrimSuffix(strings.Repeat("{},", size/3), ",")
	return []byte(`{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"interactions":[` + list + `]}`)
}

// interactions is a contract of about that size with bodies of 4 kB.
func interactions(size int) []byte {
	var text bytes.Buffer
	text.WriteString(`{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"interactions":[`)
	for i := 0; text.Len() < size-5000; i++ {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(
			&text,
			`{"description":"request %d","request":{"method":"GET","path":"/%d"},"response":{"status":200,"body":%q}}`,
			i,
			i,
			strings.Repeat(strconv.Itoa(i)+" ", 4000/(len(strconv.Itoa(i))+1)),
		)
	}
	text.WriteString(`]}`)
	return text.Bytes()
}
