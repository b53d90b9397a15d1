package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

const contractSize = 12 << 20

// serving is a broker on a real socket that gives large contracts away and takes
// them, and how many answers it is at work on.
func serving(t *testing.T, o edge.Options) (address string, atWork *atomic.Int64) {
	t.Helper()
	atWork = &atomic.Int64{}
	contract := strings.Repeat("a line of a contract that nobody reads\n", contractSize/39+1)
	o.MaxBodies = 2 * contractSize
	reading := func(size int) edge.HandlerFunc {
		return func(c *gin.Context) error {
			if err := edge.Reserve(c.Request.Context(), int64(size)); err != nil {
				return err
			}
			atWork.Add(1)
			defer atWork.Add(-1)
			return edge.Text(c, http.StatusOK, edge.PlainText, contract[:size])
		}
	}
	o.API = append((&reader{}).routes(),
		edge.Route{Method: "GET", Path: "/large", Offers: []string{edge.Anything}, Handler: reading(contractSize)},
		edge.Route{Method: "GET", Path: "/small", Offers: []string{edge.Anything}, Handler: reading(1 << 20)},
	)
	server := httptest.NewServer(edge.New(o))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), atWork
}

// stall asks for an address and reads nothing of the answer.
func stall(t *testing.T, address, path string) {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	require.NoError(t, connection.(*net.TCPConn).SetReadBuffer(4<<10))
	_, err = fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: broker\r\n\r\n", path)
	require.NoError(t, err)
}

// status sends a request, reads the answer to its end and returns its status, and 0
// if it was cut off.
func status(t *testing.T, method, url string, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", edge.JSON)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0
	}
	return response.StatusCode
}

func TestReserve_letsOthersPassThoseWhoReadNothing(t *testing.T) {
	address, atWork := serving(t, edge.Options{BodyWait: time.Minute, PartWithin: time.Hour})
	for range 3 {
		stall(t, address, "/large")
	}
	require.Eventually(t, func() bool { return atWork.Load() == 2 }, 10*time.Second, time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	waiting, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/large", nil)
	require.NoError(t, err)
	go func() {
		if response, err := http.DefaultClient.Do(waiting); err == nil {
			_ = response.Body.Close()
		}
	}()
	for range 3 {
		require.Equal(t, http.StatusOK, status(t, http.MethodPut, "http://"+address+"/written/100", ofSize(5<<20, "a")), "what is written has a budget of its own")
		require.Equal(t, http.StatusOK, status(t, http.MethodGet, "http://"+address+"/small", ""), "small ones pass")
	}
	require.EqualValues(t, 2, atWork.Load(), "the large ones still wait")
}

func TestPace_endsThoseWhoReadNothing(t *testing.T) {
	address, atWork := serving(t, edge.Options{BodyWait: time.Minute, PartWithin: 100 * time.Millisecond})
	for range 20 {
		stall(t, address, "/large")
	}
	require.Equal(t, http.StatusOK, status(t, http.MethodGet, "http://"+address+"/large", ""))
	require.Eventually(t, func() bool { return atWork.Load() == 0 }, 30*time.Second, time.Millisecond)
}

func TestPace_leavesThoseAloneWhoReadOn(t *testing.T) {
	address, _ := serving(t, edge.Options{PartWithin: 2 * time.Second})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/large", nil)
	require.NoError(t, err)
	request.Header.Set("Accept-Encoding", "identity")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var read int64
	for {
		n, err := io.CopyN(io.Discard, response.Body, 512<<10)
		read += n
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		<-time.After(120 * time.Millisecond) // together longer than the limit for one part
	}
	require.EqualValues(t, contractSize, read)
}

// sending begins to send a body of a contract's size, a part at a time with a break
// behind each, and returns the status that it is answered with.
func sending(t *testing.T, address string, parts int, pause time.Duration) <-chan int {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	const part = 128 << 10
	_, err = fmt.Fprintf(connection, "PUT /written/100 HTTP/1.1\r\nHost: broker\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", contractSize)
	require.NoError(t, err)
	body := ofSize(contractSize, "a")
	go func() {
		for i := range parts {
			if _, err := io.WriteString(connection, body[i*part:(i+1)*part]); err != nil {
				return
			}
			<-time.After(pause)
		}
	}()
	answered := make(chan int, 1)
	go func() {
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	return answered
}

func TestPace_endsThoseWhoStopSending(t *testing.T) {
	address, _ := serving(t, edge.Options{MaxBody: contractSize + 1, BodyWait: time.Minute, PartWithin: 300 * time.Millisecond})
	var answered []<-chan int
	for range 4 { // which together want more than there is for all
		answered = append(answered, sending(t, address, 2, 0))
	}
	for _, status := range answered {
		require.Equal(t, http.StatusRequestTimeout, <-status)
	}
	require.Equal(t, http.StatusOK, status(t, http.MethodPut, "http://"+address+"/written/100", ofSize(contractSize, "a")))
}

func TestPace_leavesThoseAloneWhoSendOn(t *testing.T) {
	address, _ := serving(t, edge.Options{MaxBody: contractSize + 1, PartWithin: time.Second})
	require.Equal(t, http.StatusOK, <-sending(t, address, contractSize/(128<<10), 20*time.Millisecond), "together longer than the limit for one part")
}
