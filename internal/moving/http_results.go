package moving

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/webhooks"
)

func (r resultLink) pactVersion() string {
	return "/pacts/provider/" + url.PathEscape(r.provider) + "/consumer/" + url.PathEscape(r.consumer) + "/pact-version/" + url.PathEscape(r.sha)
}

// orderWithinContents gives the places that the results of one content have in the
// order of their numbers: the highest is the latest, whatever its date says.
func orderWithinContents(results []resultLink) {
	places := map[string][]int{}
	for i, r := range results {
		places[r.pactVersion()] = append(places[r.pactVersion()], i)
	}
	for _, at := range places {
		same := make([]resultLink, 0, len(at))
		for _, i := range at {
			same = append(same, results[i])
		}
		slices.SortStableFunc(same, func(a, b resultLink) int { return cmp.Compare(a.number, b.number) })
		for n, i := range at {
			results[i] = same[n]
		}
	}
}

// fetchResults reads the results that were found, in the order in which they came.
// Of those of one second the number tells, which rises over the whole broker but where
// it is very old.
func (h *HTTP) fetchResults(ctx context.Context, progress func(string, int64)) error {
	slices.SortStableFunc(h.results, func(a, b resultLink) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number)) })
	orderWithinContents(h.results)
	const atOnce = 100
	var done int64
	for batch := range slices.Chunk(h.results, atOnce) {
		progress("results", done)
		records, missing := make([]*archive.Result, len(batch)), make([]archive.Reason, len(batch))
		if err := h.inParallel(ctx, len(batch), func(ctx context.Context, i int) (err error) {
			records[i], missing[i], err = h.result(ctx, batch[i])
			return err
		}); err != nil {
			return err
		}
		for i, record := range records {
			if record == nil {
				h.skipped.Add(archive.KindResult, missing[i], batch[i].address(), 1)
				continue
			}
			if !h.contents[record.Consumer+"\n"+record.Provider+"\n"+record.SHA] {
				if _, _, err := h.contentOf(ctx, batch[i]); err != nil {
					return err
				}
			}
			record.Tags = h.tags[record.Provider+"\n"+record.ProviderVersion]
			if err := h.put(record); err != nil {
				return err
			}
		}
		done += int64(len(batch))
	}
	return nil
}

// kept asks for something that never changes, unless it is known from before.
func (h *HTTP) kept(ctx context.Context, link string) ([]byte, error) {
	sum := sha256.Sum256([]byte(h.client.base.String() + link))
	name := filepath.Join(h.folder, "answers", hex.EncodeToString(sum[:]))
	if body, err := os.ReadFile(name); err == nil && json.Valid(body) {
		return body, nil
	}
	body, err := h.client.get(ctx, link, largestText)
	if err != nil {
		return nil, err
	}
	return body, os.WriteFile(name, body, 0o600)
}

// address is where a result is.
func (r resultLink) address() string {
	return fmt.Sprintf("%s/verification-results/%d", r.pactVersion(), r.number)
}

// result reads one result, or says why it cannot be had.
func (h *HTTP) result(ctx context.Context, r resultLink) (result *archive.Result, missing archive.Reason, err error) {
	body, err := h.kept(ctx, r.address())
	if errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return nil, "", err
	}
	if errors.Is(err, errTooLarge) {
		return nil, archive.TooLargeOverHTTP.With(strconv.Itoa(largestText >> 20)), nil
	}
	var shown struct {
		ProviderApplicationVersion string
		Success                    bool
		VerificationDate           instant
		BuildURL                   *string `json:"buildUrl"`
		TestResults                json.RawMessage
		VerifiedBy                 struct {
			Implementation, Version *string
			ClientImplementation    *string `json:"client_implementation"`
			ClientVersion           *string `json:"client_version"`
			ClientTestFramework     *string `json:"client_test_framework"`
		}
	}
	if err != nil || json.Unmarshal(body, &shown) != nil || shown.ProviderApplicationVersion == "" {
		return nil, whyNot(err), nil
	}
	record := &archive.Result{
		Consumer: r.consumer, Provider: r.provider, SHA: r.sha, Number: r.number, ProviderVersion: shown.ProviderApplicationVersion, Success: shown.Success,
		ExecutedAt: shown.VerificationDate.at(), CreatedAt: shown.VerificationDate.at(), BuildURL: shown.BuildURL,
	}
	if text := string(shown.TestResults); text != "" && text != "null" {
		record.TestResults = compacted(shown.TestResults)
	}
	by := map[string]any{}
	set := func(to map[string]any, name string, value *string) {
		if value != nil && *value != "" {
			to[name] = *value
		}
	}
	client := map[string]any{}
	set(by, "implementation", shown.VerifiedBy.Implementation)
	set(by, "version", shown.VerifiedBy.Version)
	set(client, "name", shown.VerifiedBy.ClientImplementation)
	set(client, "version", shown.VerifiedBy.ClientVersion)
	set(client, "testFramework", shown.VerifiedBy.ClientTestFramework)
	if len(client) > 0 {
		by["clientLanguage"] = client
	}
	if len(by) > 0 {
		text, err := json.Marshal(by)
		if err != nil {
			return nil, "", err
		}
		written := string(text)
		record.VerifiedBy = &written
	}
	return record, "", nil
}

// contentOf sees to it that the content of a result comes along, which was
// overwritten if no version publishes it now, and tells when it was published.
func (h *HTTP) contentOf(ctx context.Context, r resultLink) (at archive.Time, found bool, err error) {
	text, err := h.kept(ctx, r.pactVersion())
	if errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return 0, false, err
	}
	var about struct {
		CreatedAt instant `json:"createdAt"`
	}
	if err == nil {
		err = json.Unmarshal(text, &about)
	}
	if err == nil {
		text, err = withoutMembers(text, "createdAt", "_links")
	}
	key := r.consumer + "\n" + r.provider + "\n" + r.sha
	known := h.contents[key]
	h.contents[key] = true
	switch {
	case known:
		return about.CreatedAt.at(), err == nil, nil
	case err != nil:
		h.skipped.Add(archive.KindContent, whyNot(err), r.pactVersion(), 1)
		return 0, false, nil
	}
	content := &archive.Content{Consumer: r.consumer, Provider: r.provider, SHA: r.sha, CreatedAt: about.CreatedAt.at()}
	content.SetText(text)
	return content.CreatedAt, true, h.put(content)
}

// integrations are the pairs, with the time of the first pact that is known.
func (h *HTTP) integrations(ctx context.Context) error {
	err := h.client.pages(ctx, "/integrations", func(page []byte) error {
		var list struct {
			Embedded struct {
				Integrations []struct{ Consumer, Provider struct{ Name string } }
			} `json:"_embedded"`
		}
		if err := json.Unmarshal(page, &list); err != nil {
			return fmt.Errorf("/integrations: %w", errUnreadable)
		}
		for _, i := range list.Embedded.Integrations {
			if pair := [2]string{i.Consumer.Name, i.Provider.Name}; h.pairs[pair] == 0 {
				h.pairs[pair] = 0
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotThere) {
		return err
	}
	pairs := slices.SortedFunc(maps.Keys(h.pairs), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(h.pairs[a], h.pairs[b]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for _, pair := range pairs {
		at := h.pairs[pair]
		if at == 0 {
			at = max(h.made[pair[0]], h.made[pair[1]])
			h.skipped.AddTime(archive.KindIntegration, archive.NoTimeOfPair, pair[0]+" and "+pair[1])
		}
		if err := h.put(&archive.Integration{Consumer: pair[0], Provider: pair[1], CreatedAt: at}); err != nil {
			return err
		}
	}
	return nil
}

// stars stand where a broker hides a secret.
const stars = "**********"

func (h *HTTP) webhooks(ctx context.Context) error {
	var list struct {
		Links struct {
			Webhooks hrefs `json:"pb:webhooks"`
		} `json:"_links"`
	}
	if err := h.readOrSkip(ctx, archive.KindWebhook, "/webhooks", largestList, &list); err != nil {
		return err
	}
	for _, link := range list.Links.Webhooks {
		var shown webhookShown
		if err := h.readOrSkip(ctx, archive.KindWebhook, link.Href, largestThing, &shown); err != nil {
			return err
		}
		if shown.Request.URL == "" {
			continue
		}
		uuid := shown.UUID
		if uuid == "" {
			uuid = segmentAfter(link.Href, "webhooks")
		}
		record, err := shown.record(uuid)
		if err != nil {
			return err
		}
		if err := h.put(record); err != nil {
			return err
		}
	}
	return nil
}

// webhookShown is a webhook as brokers show it.
type webhookShown struct {
	UUID, Description  string
	Enabled            *bool
	Consumer, Provider *struct{ Name, Label *string }
	Events             []struct{ Name string }
	Request            struct {
		Method, URL, Username, Password string
		Headers                         map[string]any
		Body                            json.RawMessage
	}
	dates
}

func (w webhookShown) record(uuid string) (*archive.Webhook, error) {
	r := &archive.Webhook{UUID: uuid, Description: w.Description, Enabled: w.Enabled == nil || *w.Enabled, Events: []string{}, Format: "template", EventFilter: "{}",
		Method: w.Request.Method, URL: w.Request.URL, Headers: []archive.HeaderField{}, Username: w.Request.Username, Password: w.Request.Password,
		Secrets: []string{}, Times: w.times()}
	// Brokers call one that has no description by its method and its host.
	if called := (webhooks.Request{Method: r.Method, URL: r.URL}).Title(); r.Description == called {
		r.Description = ""
	}
	if w.Consumer != nil {
		r.Consumer, r.ConsumerLabel = w.Consumer.Name, w.Consumer.Label
	}
	if w.Provider != nil {
		r.Provider, r.ProviderLabel = w.Provider.Name, w.Provider.Label
	}
	for _, e := range w.Events {
		r.Events = append(r.Events, e.Name)
	}
	if r.Password == stars {
		r.Secrets = append(r.Secrets, "password")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Request.Headers)) {
		value := fmt.Sprint(w.Request.Headers[name])
		if value == stars {
			r.Secrets = append(r.Secrets, "header "+name)
		}
		r.Headers = append(r.Headers, archive.HeaderField{Name: name, Value: value})
	}
	if body := string(w.Request.Body); body != "" && body != "null" {
		r.Body = compacted(w.Request.Body)
	}
	return r, nil
}
