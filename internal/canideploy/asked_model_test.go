package canideploy

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// wish is what somebody wants to know of an application, or to leave out.
type wish struct {
	name    string
	ignored bool
	// said are the options that choose its versions, and asked what they come to in a
	// question, in the order of the other clients.
	said  [][2]string
	asked [][2]string
}

// wishedNames are names that want to be quoted somewhere.
var wishedNames = []string{"Shop", "a b", "Käse & Brot", "-dash", "x=y", "100%", "日本", "it's", "true", "a+b"}

// anyWish is a wish of one of the kinds that the options know.
func anyWish(random *rand.Rand, ignored bool) wish {
	w := wish{name: testrandom.OneOf(random, wishedNames...), ignored: ignored}
	value := testrandom.OneOf(random, "1.2.3", "feat/ü&=1", "-1", "a b", "0123456789012345678901234567890123456789", "=", "false")
	if ignored {
		if random.IntN(2) == 0 {
			w.said, w.asked = [][2]string{{"version", value}}, [][2]string{{"version", value}}
		}
		return w
	}
	other := testrandom.OneOf(random, "main", "release/1")
	switch random.IntN(8) {
	case 0:
		w.said, w.asked = [][2]string{{"latest", ""}}, [][2]string{{"latest", "true"}}
	case 1:
		w.said, w.asked = [][2]string{{"latest", value}}, [][2]string{{"latest", "true"}, {"tag", value}}
	case 2:
		w.said, w.asked = [][2]string{{"branch", value}}, [][2]string{{"latest", "true"}, {"branch", value}}
	case 3:
		w.said, w.asked = [][2]string{{"main-branch", ""}}, [][2]string{{"latest", "true"}, {"mainBranch", "true"}}
	case 4:
		w.said, w.asked = [][2]string{{"all", value}}, [][2]string{{"tag", value}}
	case 5:
		w.said, w.asked = [][2]string{{"version", value}, {"branch", other}}, [][2]string{{"version", value}, {"branch", other}}
	case 6:
		w.said, w.asked = [][2]string{{"branch", other}, {"latest", ""}}, [][2]string{{"latest", "true"}, {"branch", other}}
	default:
		w.said, w.asked = [][2]string{{"version", value}}, [][2]string{{"version", value}}
	}
	return w
}

// wishes are all of a question, and what goes along with it.
type wishes struct {
	all    []wish
	target [2]string
	limit  int
}

func anyWishes(random *rand.Rand) wishes {
	w := wishes{target: testrandom.OneOf(random, [2]string{}, [2]string{"to-environment", "prod & test"}, [2]string{"to", "-prod"}, [2]string{"with-main-branches", ""}), limit: random.IntN(3) * 50}
	for range 1 + random.IntN(3) {
		w.all = append(w.all, anyWish(random, false))
	}
	for range random.IntN(3) {
		w.all = append(w.all, anyWish(random, true))
	}
	random.Shuffle(len(w.all), func(i, j int) { w.all[i], w.all[j] = w.all[j], w.all[i] })
	return w
}

// query is the question as the other clients put it.
func (w wishes) query() string {
	var pairs, left []string
	add := func(to *[]string, name, value string) { *to = append(*to, name+"="+url.QueryEscape(value)) }
	applications := 0
	for _, one := range w.all {
		list, to := "q", &pairs
		if one.ignored {
			list, to = "ignore", &left
		} else {
			applications++
		}
		add(to, list+"[][pacticipant]", one.name)
		for _, pair := range one.asked {
			add(to, list+"[]["+pair[0]+"]", pair[1])
		}
	}
	if w.target[0] == "to-environment" || applications > 1 {
		add(&pairs, "latestby", "cvpv")
	} else {
		add(&pairs, "latestby", "cvp")
	}
	if w.limit > 0 {
		add(&pairs, "limit", strconv.Itoa(w.limit))
	}
	switch w.target[0] {
	case "to-environment":
		add(&pairs, "environment", w.target[1])
	case "to":
		add(&pairs, "latest", "true")
		add(&pairs, "tag", w.target[1])
	case "with-main-branches":
		add(&pairs, "latest", "true")
		add(&pairs, "mainBranch", "true")
	default:
		if applications == 1 {
			add(&pairs, "latest", "true")
		}
	}
	return strings.Join(append(pairs, left...), "&")
}

// spelt is an option in one of the ways to write it; "" is no value.
func spelt(random *rand.Rand, name, value string) []string {
	shorts := map[string]string{"pacticipant": "a", "version": "e", "latest": "l", "output": "o", "broker-base-url": "b", "broker-token": "k", "verbose": "v"}
	long := "--" + name
	if random.IntN(2) == 0 {
		long = "--" + strings.ReplaceAll(name, "-", "_")
	}
	if name == "all" && random.IntN(2) == 0 {
		long = "--tag"
	}
	if value == "" {
		if shorts[name] != "" && random.IntN(2) == 0 {
			return []string{"-" + shorts[name]}
		}
		return []string{long}
	}
	ways := [][]string{{long + "=" + value}}
	if !strings.HasPrefix(value, "-") {
		ways = append(ways, []string{long, value})
	}
	if short := shorts[name]; short != "" {
		ways = append(ways, []string{"-" + short + "=" + value})
		if !strings.HasPrefix(value, "-") {
			ways = append(ways, []string{"-" + short, value})
		}
		if !strings.HasPrefix(value, "=") {
			ways = append(ways, []string{"-" + short + value})
		}
	}
	return testrandom.OneOf(random, ways...)
}

// commandLine writes the wishes with other options anywhere between them, and whatever
// belongs to the first application before or behind its name.
func (w wishes) commandLine(random *rand.Rand, others [][2]string) []string {
	var words []string
	other := func() {
		for len(others) > 0 && random.IntN(2) == 0 {
			words = append(words, spelt(random, others[0][0], others[0][1])...)
			others = others[1:]
		}
	}
	for i, one := range w.all {
		other()
		named := spelt(random, map[bool]string{false: "pacticipant", true: "ignore"}[one.ignored], one.name)
		before := i == 0 && !one.ignored && random.IntN(2) == 0
		if !before {
			words = append(words, named...)
		}
		for _, said := range one.said {
			other()
			words = append(words, spelt(random, said[0], said[1])...)
		}
		if before {
			words = append(words, named...)
		}
	}
	for _, rest := range others {
		words = append(words, spelt(random, rest[0], rest[1])...)
	}
	if prefix := testrandom.OneOf(random, nil, []string{"can-i-deploy"}, []string{"broker", "can-i-deploy"}); prefix != nil {
		words = append(slices.Clone(prefix), words...)
	}
	return words
}

// Whatever is asked and however it is written, with options of every kind between those of
// each application, the question is the one that the other clients put.
func TestParse_understandsAnyCommandLine(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 2000 {
			w := anyWishes(random)
			others := [][2]string{{"broker-base-url", "https://broker.example.org/sub/"}}
			if w.target[0] != "" {
				others = append(others, w.target)
			}
			if w.limit > 0 {
				others = append(others, [2]string{"limit", strconv.Itoa(w.limit)})
			}
			optional := [][2]string{{"output", "json"}, {"retry-while-unknown", "3"}, {"retry-interval", "0.5"}, {"broker-token", "secret"}, {"dry-run", ""}, {"timeout", "7"}, {"verbose", ""}, {"explain", ""}, {"no-explain", ""}}
			random.Shuffle(len(optional)-1, func(i, j int) { optional[i], optional[j] = optional[j], optional[i] })
			chosen := optional[:random.IntN(len(optional)-1)]
			others = append(others, chosen...)
			random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
			line := w.commandLine(random, others)
			a, err := parse(line)
			require.NoError(t, err, "%q", line)
			require.NoError(t, a.fillFromEnvironment(func(string) string { return "" }), "%q", line)
			require.NoError(t, a.check(), "%q", line)
			require.Equal(t, w.query(), a.matrixQuery(), "%q", line)
			is := func(name string) bool {
				return slices.ContainsFunc(chosen, func(o [2]string) bool { return o[0] == name })
			}
			require.Equal(t, []bool{is("dry-run"), is("verbose"), is("explain")}, []bool{a.dryRun, a.verbose, a.explain}, "%q", line)
			require.Equal(t, map[bool]string{true: "json", false: "table"}[is("output")], a.output, "%q", line)
			require.Equal(t, map[bool]int{true: 3}[is("retry-while-unknown")], a.unknownRetries, "%q", line)
			require.Equal(t, map[bool]time.Duration{true: time.Second / 2, false: defaultInterval}[is("retry-interval")], a.interval, "%q", line)
			require.Equal(t, "https://broker.example.org/sub", a.base.String(), "%q", line)
		}
	}, 1)
}

// A command line from which something was cut, or into which something got that does not
// belong there, is understood, or refused with words that tell no secret; it never asks
// about another application.
func TestParse_ofABrokenCommandLineAsksNothingElse(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		refused := 0
		for range 2000 {
			w := anyWishes(random)
			line := w.commandLine(random, [][2]string{{"broker-base-url", "https://broker.example.org"}})
			line = append(line, testrandom.OneOf(random, "--broker-token=s3cret", "-ks3cret"))
			switch at := random.IntN(len(line)); random.IntN(4) {
			case 0:
				line = slices.Delete(line, at, at+1)
			case 1:
				line = slices.Insert(line, at, testrandom.OneOf(random, "", " ", "--", "-", "—to", "prod", "--nothing", "-x", "--version", "--to-environment"))
			case 2:
				line[at] = line[at][:random.IntN(len(line[at])+1)]
			default:
				line = line[:at]
			}
			a, err := parse(line)
			if err == nil {
				err = a.check()
			}
			if err != nil {
				refused++
				var usage *usageError
				require.ErrorAs(t, err, &usage, "%q", line)
				require.NotContains(t, err.Error(), "s3cret", "%q", line)
				continue
			}
			for _, s := range slices.Concat(a.applications, a.ignored) {
				require.True(t, strings.Contains(strings.Join(line, " "), s.name), "%q asks about %s", line, s.name)
				require.NotEmpty(t, strings.TrimSpace(s.name), "%q", line)
			}
			for _, s := range a.applications {
				require.True(t, s.version != "" || s.latest || s.tag != "", "%q names no version of %s", line, s.name)
			}
		}
		require.Greater(t, refused, 200)
	}, 1)
}

// A secret with a blank in it that was not quoted is not told, nor any part of it.
func TestParse_tellsNoPartOfASecretWithBlanks(t *testing.T) {
	for _, line := range [][]string{{"-k", "my", "s3cret"}, {"--broker-password", "my", "s3cret", "again"}, {"-pmy", "s3cret"}, {"-a", "Shop", "--broker-token=my", "s3cret", "-e", "1"}} {
		_, err := parse(line)
		require.ErrorContains(t, err, "is written in quotes", "%q", line)
		require.NotContains(t, err.Error(), "s3cret", "%q", line)
	}
	_, err := parse([]string{"-k", "s3cret", "-a", "Shop", "173153ae0"})
	require.ErrorContains(t, err, `"173153ae0" is not an option`, "behind what is no secret the word helps")
}

// asIs is a company's broker, at which the program asks what the test has asked before.
type asIs struct {
	t *testing.T
	b *testbroker.Broker
}

// run is one run of the program against the broker.
func (c asIs) run(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	clock := &fakeClock{}
	p := &program{out: &o, errOut: &e, env: func(string) string { return "" }, now: clock.now, pause: clock.pause}
	code = p.run(c.t.Context(), append([]string{"-b", c.b.URL()}, args...))
	return code, o.String(), e.String()
}

// tableRows are the rows of the table that the program has printed for a pipe.
func tableRows(out string) (rows []string) {
	_, table, found := strings.Cut(out, "\nCONSUMER")
	if !found {
		return nil
	}
	for line := range strings.Lines(table) {
		cells := strings.Fields(line)
		switch {
		case len(cells) == 0:
			return rows
		case cells[0] != "VERSION":
			rows = append(rows, strings.Join(cells[:5], " "))
		}
	}
	return rows
}

// expected is what the broker answers of a question, asked for plainly: the exit code, and
// the beginning of each row of the table.
func (c asIs) expected(query string) (code int, rows []string) {
	answer := c.b.Get("/matrix?" + query)
	if answer.Status != http.StatusOK {
		return exitNoVerdict, nil
	}
	for _, one := range answer.Find("matrix").([]any) {
		row := one.(testbroker.Object)
		consumer, provider := row["consumer"].(testbroker.Object), row["provider"].(testbroker.Object)
		line := consumer["name"].(string) + " " + consumer["version"].(testbroker.Object)["number"].(string) + " " + provider["name"].(string)
		if result, known := row["verificationResult"].(testbroker.Object); known {
			line += " " + provider["version"].(testbroker.Object)["number"].(string) + " " + map[any]string{true: "success", false: "failed"}[result["success"]]
		}
		rows = append(rows, line)
	}
	if answer.Find("summary", "deployable") == true {
		return exitYes, rows
	}
	return exitNo, rows
}

// Whichever application of a company is asked about, the exit code is that of the broker's
// answer in every format, the table has the rows of the matrix, and the JSON is the
// broker's own.
func TestAsk_saysWhatTheBrokerSays(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.SeedExampleData = true }))
	c := asIs{t, b}
	codes := map[int]int{}
	for _, one := range b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any) {
		name := one.(testbroker.Object)["name"].(string)
		latest := b.Get("/pacticipants/" + url.PathEscape(name) + "/latest-version")
		if latest.Status != http.StatusOK {
			continue
		}
		version := latest.Text("number")
		for _, way := range []struct {
			args  []string
			query string
		}{
			{[]string{"--to-environment", "production"}, "&latestby=cvpv&environment=production"}, {[]string{"--to-environment", "test"}, "&latestby=cvpv&environment=test"},
			{[]string{"--to-environment", "nowhere"}, "&latestby=cvpv&environment=nowhere"}, {[]string{"--with-main-branches"}, "&latestby=cvp&latest=true&mainBranch=true"}, {nil, "&latestby=cvp&latest=true"},
		} {
			want, rows := c.expected("q[][pacticipant]=" + url.QueryEscape(name) + "&q[][version]=" + url.QueryEscape(version) + way.query)
			codes[want]++
			args := append([]string{"-a", name, "-e", version}, way.args...)
			c.check(args, want, rows)
		}
	}
	require.Len(t, codes, 3, "the company has every answer: %v", codes)
}

// check asks in each format.
func (c asIs) check(args []string, want int, rows []string) {
	c.t.Helper()
	code, out, errOut := c.run(args...)
	require.Equal(c.t, want, code, "%q: %s", args, errOut)
	shown := tableRows(out)
	require.Len(c.t, shown, len(rows), "%q\n%s", args, out)
	for _, row := range rows {
		at := slices.IndexFunc(shown, func(line string) bool { return strings.HasPrefix(line+" ", row+" ") })
		require.GreaterOrEqual(c.t, at, 0, "%q: %s in\n%s", args, row, out)
		shown = slices.Delete(shown, at, at+1)
	}
	for _, format := range [][]string{{"-o", "json"}, {"--explain"}, {"--explain", "-o", "json"}} {
		code, out, errOut := c.run(append(slices.Clone(args), format...)...)
		require.Equal(c.t, want, code, "%q %q: %s", args, format, errOut)
		require.Equal(c.t, want == exitNoVerdict, out == "", "%q %q", args, format)
		if slices.Contains(format, "json") && out != "" {
			require.True(c.t, json.Valid([]byte(out)), out)
		}
	}
	code, _, errOut = c.run(append(slices.Clone(args), "--dry-run")...)
	require.Equal(c.t, want == exitNoVerdict, code == exitNoVerdict, "a dry run hides no failure: %s", errOut)
	require.True(c.t, code == exitNoVerdict || code == exitYes, "%q", args)
}
