package moving

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/archive"
)

// published is a pact that a version has published, as it was read.
type published struct {
	consumer, version, provider string
	revision                    int64
	link                        string
	sha                         string
	at                          archive.Time
	content                     []byte
	err                         error
}

// pacts reads the pacts of all versions, several at a time.
func (h *HTTP) pacts(ctx context.Context, consumer string, versions []versionShown) error {
	var all []*published
	for _, v := range versions {
		overwritten, first := map[string]int64{}, len(all)
		for _, link := range v.Links.Pacts {
			if overwritten[link.Href]++; overwritten[link.Href] > 1 {
				continue
			}
			all = append(all, &published{consumer: consumer, version: v.Number, provider: providerOf(link.Href), link: link.Href})
		}
		for _, p := range all[first:] {
			p.revision = overwritten[p.link]
		}
	}
	const atOnce = 50
	for batch := range slices.Chunk(all, atOnce) {
		if err := h.inParallel(ctx, len(batch), func(ctx context.Context, i int) error { return h.pact(ctx, batch[i]) }); err != nil {
			return err
		}
		for _, p := range batch {
			if err := h.putPact(ctx, p); err != nil {
				return err
			}
			p.content = nil // all contents of an application may be more than there is memory
		}
	}
	return nil
}

// providerOf is the provider in the address of a pact.
func providerOf(link string) string { return segmentAfter(link, "provider") }

// segmentAfter is the segment of an address that follows another one. Behind the
// place where pacts are, names and values take turns, and a value may be called like a
// name.
func segmentAfter(link, name string) string {
	address, err := url.Parse(link)
	if err != nil {
		return ""
	}
	segments, step := strings.Split(address.EscapedPath(), "/"), 1
	for i := range len(segments) - 1 {
		if segments[i] == "pacts" && segments[i+1] == "provider" {
			segments, step = segments[i+1:], 2
			break
		}
	}
	for i := 0; i+1 < len(segments); i += step {
		if segments[i] == name {
			if value, err := url.PathUnescape(segments[i+1]); err == nil {
				return value
			}
		}
	}
	return ""
}

// pact reads one pact. What the broker has added to the text is cut out again.
func (h *HTTP) pact(ctx context.Context, p *published) error {
	text, err := h.client.get(ctx, p.link, largestText)
	if errors.Is(err, ErrRefused) || ctx.Err() != nil {
		return err
	}
	if p.err = err; err != nil {
		return nil
	}
	var about struct {
		CreatedAt instant `json:"createdAt"`
		Links     struct {
			PactVersion struct{ Href string } `json:"pb:pact-version"`
		} `json:"_links"`
	}
	if p.err = json.Unmarshal(text, &about); p.err != nil {
		return nil
	}
	p.sha, p.at = segmentAfter(about.Links.PactVersion.Href, "pact-version"), about.CreatedAt.at()
	p.content, p.err = withoutMembers(text, "createdAt", "_links")
	return nil
}

func (h *HTTP) putPact(ctx context.Context, p *published) error {
	if p.err != nil || p.sha == "" {
		h.skipped.Add(archive.KindPublication, whyNot(p.err), p.link, 1)
		return nil
	}
	pair := [2]string{p.consumer, p.provider}
	if first, known := h.pairs[pair]; !known || p.at < first {
		h.pairs[pair] = p.at
	}
	key := p.consumer + "\n" + p.provider + "\n" + p.sha
	known := h.contents[key]
	if !known {
		h.contents[key] = true
		content := &archive.Content{Consumer: p.consumer, Provider: p.provider, SHA: p.sha, CreatedAt: p.at}
		content.SetText(p.content)
		if err := h.put(content); err != nil {
			return err
		}
	}
	if !known || p.revision > 1 {
		overwritten, err := h.findResults(ctx, p)
		if err != nil {
			return err
		}
		if err := h.putOverwritten(ctx, p, overwritten); err != nil {
			return err
		}
	}
	return h.put(&archive.Publication{Consumer: p.consumer, Version: p.version, Provider: p.provider, Revision: p.revision, SHA: p.sha, CreatedAt: p.at})
}

// putOverwritten keeps the contents that the version published before, as far as they
// were verified, in the order of their times.
func (h *HTTP) putOverwritten(ctx context.Context, p *published, shas []string) error {
	var before []*archive.Publication
	for _, sha := range shas {
		at, found, err := h.contentOf(ctx, resultLink{consumer: p.consumer, provider: p.provider, sha: sha})
		if err != nil {
			return err
		}
		if found {
			before = append(before, &archive.Publication{Consumer: p.consumer, Version: p.version, Provider: p.provider, SHA: sha, CreatedAt: at})
		}
	}
	slices.SortStableFunc(before, func(a, b *archive.Publication) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	// Not every broker lists a pact as often as it was published.
	p.revision = max(p.revision, int64(len(before)+1))
	for i, publication := range before {
		publication.Revision = p.revision - int64(len(before)-i)
		if err := h.put(publication); err != nil {
			return err
		}
	}
	return nil
}

// findResults asks for all results of what a version has published, and returns the
// contents among them that it has overwritten.
func (h *HTTP) findResults(ctx context.Context, p *published) (overwritten []string, err error) {
	link := "/matrix?" + strings.Join([]string{
		"q%5B%5D%5Bpacticipant%5D=" + url.QueryEscape(p.consumer), "q%5B%5D%5Bversion%5D=" + url.QueryEscape(p.version),
		"q%5B%5D%5Bpacticipant%5D=" + url.QueryEscape(p.provider), "limit=100000",
	}, "&")
	var found struct {
		Matrix []struct {
			VerificationResult *struct {
				VerifiedAt instant
				Links      struct {
					Self struct{ Href string } `json:"self"`
				} `json:"_links"`
			}
		}
	}
	if err := h.readOrSkip(ctx, archive.KindResult, link, largestList, &found); err != nil {
		return nil, err
	}
	for _, row := range found.Matrix {
		if row.VerificationResult == nil {
			continue
		}
		self := row.VerificationResult.Links.Self.Href
		number, err := strconv.ParseInt(segmentAfter(self, "verification-results"), 10, 64)
		r := resultLink{p.consumer, p.provider, segmentAfter(self, "pact-version"), number, row.VerificationResult.VerifiedAt.at()}
		if err != nil || r.sha == "" || providerOf(self) != p.provider {
			continue
		}
		if !h.known[r] {
			h.known[r] = true
			h.results = append(h.results, r)
		}
		if r.sha != p.sha && !slices.Contains(overwritten, r.sha) {
			overwritten = append(overwritten, r.sha)
		}
	}
	return overwritten, nil
}

// withoutMembers is the text of a JSON object without some of its members, and
// otherwise as it was written.
func withoutMembers(text []byte, names ...string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return text, nil // not every contract is an object
	}
	out := []byte{'{'}
	for decoder.More() {
		from := decoder.InputOffset()
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if slices.Contains(names, fmt.Sprint(name)) {
			continue
		}
		member := bytes.TrimLeft(text[from:decoder.InputOffset()], ", \t\r\n")
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, member...)
	}
	return append(out, '}'), nil
}
