package moving

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
)

// some is a source of a few records.
type some []archive.Record

func (s some) Header() archive.Header      { return archive.Header{} }
func (s some) Progress() (done, all int64) { return 0, 0 }
func (s some) Skipped() []archive.Skipped  { return nil }
func (s some) Each(_ context.Context, want func(archive.Kind) bool, take func(archive.Record) error) error {
	for _, r := range s {
		if want != nil && !want(r.Kind()) {
			continue
		}
		if err := take(r); err != nil {
			return err
		}
	}
	return nil
}

func all(t *testing.T, source archive.Source) (records []archive.Record) {
	t.Helper()
	require.NoError(t, source.Each(context.Background(), nil, func(r archive.Record) error {
		records = append(records, r)
		return nil
	}))
	return records
}

func TestParseNames(t *testing.T) {
	names, err := ParseNames([]string{"api=payments api", "x=a=b"}, "team ")
	require.NoError(t, err)
	require.Equal(t, "payments api", names.of("api"))
	require.Equal(t, "a=b", names.of("x"))
	require.Equal(t, "team shop", names.of("shop"))
	for _, wrong := range [][]string{{"x"}, {"=x"}, {"x="}, {"x=a", "x=b"}} {
		_, err := ParseNames(wrong, "")
		require.Error(t, err, wrong)
	}
}

func TestRenamed_callsApplicationsOtherwiseEverywhere(t *testing.T) {
	shop := "Shop"
	source := func() some {
		return some{
			&archive.Application{Name: "Shop"}, &archive.Label{Application: "Shop"}, &archive.Version{Application: "Shop"}, &archive.Branch{Application: "Shop"},
			&archive.Membership{Application: "Shop"}, &archive.Tag{Application: "Shop"}, &archive.Integration{Consumer: "Shop", Provider: "Shop"},
			&archive.Content{Consumer: "Shop", Provider: "Shop"}, &archive.Publication{Consumer: "Shop", Provider: "Shop"}, &archive.Result{Consumer: "Shop", Provider: "Shop"},
			&archive.FirstSuccess{Consumer: "Shop", Provider: "Shop"}, &archive.Deployment{Application: "Shop"}, &archive.Release{Application: "Shop"},
			&archive.Webhook{Consumer: &shop, Provider: &shop}, &archive.Delivery{Consumer: &shop, Provider: &shop},
		}
	}
	names, err := ParseNames([]string{"Shop=Store"}, "")
	require.NoError(t, err)
	for _, r := range all(t, Renamed(source(), names)) {
		var out strings.Builder
		w, err := archive.NewWriter(&out, archive.Plain, archive.Header{})
		require.NoError(t, err)
		require.NoError(t, w.Write(r))
		require.NoError(t, w.Close())
		require.Contains(t, out.String(), "Store", r.Kind())
		require.NotContains(t, out.String(), "Shop", r.Kind())
	}
	require.Equal(t, source(), Renamed(source(), Names{}), "nothing to rename")
}

func TestNames_Unknown_areThoseThatNoApplicationHas(t *testing.T) {
	source := some{&archive.Application{Name: "Shop"}, &archive.Label{Application: "Nope"}}
	names, err := ParseNames([]string{"Shop=A", "shop=B", "Nope=C"}, "")
	require.NoError(t, err)
	for range 2 {
		unknown, err := names.Unknown(t.Context(), source)
		require.NoError(t, err)
		require.Equal(t, []string{"Nope", "shop"}, unknown)
	}
}

func TestWithoutRefused_namesEachOnce(t *testing.T) {
	long := strings.Repeat("n", 500)
	records := some{
		&archive.Application{Name: " "}, &archive.Version{Application: "Shop", Number: long + "1"}, &archive.Version{Application: "Shop", Number: long + "2"},
		&archive.Label{Application: "Shop", Name: "web"}, &archive.Label{Application: "Shop", Name: " "}, &archive.Label{Application: "Shop", Name: "a\nb"},
		&archive.Environment{UUID: "e1"}, &archive.Environment{UUID: "e2"}, &archive.Branch{Application: "Shop", Name: " "}, &archive.Branch{Application: "Shop", Name: ".."},
		&archive.Tag{Application: "Shop", Version: "1"}, &archive.Membership{Application: "Shop"},
	}
	for _, tt := range []struct {
		named bool
		left  int
		want  []string
	}{
		{false, 5, []string{`application no-name " "`, `branch no-name Shop " "`, "environment no-name uuid e1", "environment no-name uuid e2", `label refused-name Shop " "`, `label refused-name Shop "a\nb"`, `tag no-name Shop 1 ""`}},
		{true, 2, []string{`application no-name " "`, `branch no-name Shop " "`, `branch refused-name Shop ".."`, "environment no-name uuid e1", "environment no-name uuid e2",
			`label refused-name Shop " "`, `label refused-name Shop "a\nb"`, `tag no-name Shop 1 ""`, `version refused-name Shop "` + long[:60] + `"`, `version refused-name Shop "` + long[:60] + `"`}},
	} {
		source := WithoutRefused(records, tt.named)
		for range 2 {
			require.Len(t, all(t, source), tt.left)
			var told []string
			for _, s := range source.Skipped() {
				code, _ := s.Reason.Split()
				require.EqualValues(t, len(s.First), s.Count)
				for _, name := range s.First {
					told = append(told, string(s.Kind)+" "+string(code)+" "+name)
				}
			}
			slices.Sort(told)
			require.Equal(t, tt.want, told)
		}
	}
}

func TestCheckNames_findsThoseThatAreRefused(t *testing.T) {
	source := some{
		&archive.Application{Name: "fine"}, &archive.Application{Name: ".."}, &archive.Version{Application: "fine", Number: "a\nb"},
		&archive.Tag{Application: "fine", Version: "1", Name: strings.Repeat("x", 501)}, &archive.Membership{},
	}
	problems, err := CheckNames(context.Background(), source)
	require.NoError(t, err)
	require.Len(t, problems, 3)
	require.Equal(t, archive.KindVersion, problems[1].Kind)
}

func TestFingerprint_isThatOfTheFirstApplication(t *testing.T) {
	a, b := &archive.Application{Name: "a"}, &archive.Application{Name: "b"}
	of := func(records ...archive.Record) string {
		name, err := Fingerprint(context.Background(), some(records))
		require.NoError(t, err)
		return name
	}
	require.Equal(t, of(a), of(a, b))
	require.NotEqual(t, of(a), of(b, a))
	require.Empty(t, of())
}

func TestWithoutMembers_leavesTheRestAsItWasWritten(t *testing.T) {
	for given, want := range map[string]string{
		`{"a": 1.0,"createdAt":"x","_links":{"b":{}}}`:  `{"a": 1.0}`,
		`{"_links":{},"a":[1e3, {"_links":1}],"b":"é"}`: `{"a":[1e3, {"_links":1}],"b":"é"}`,
		`{"_links":{}}`: `{}`,
		`[1,2]`:         `[1,2]`,
	} {
		got, err := withoutMembers([]byte(given), "createdAt", "_links")
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestAddress_keepsOnlyThePathOfALink(t *testing.T) {
	for _, tt := range []struct{ base, link, want string }{
		{"https://broker.example", "http://inner:9292/pacts/a%2Fb?x=1", "https://broker.example/pacts/a%2Fb?x=1"},
		{"https://example/broker/", "http://inner/broker/pacts", "https://example/broker/pacts"},
		{"https://example/broker", "/pacts", "https://example/broker/pacts"},
		{"https://example/broker", "http://inner/pacts", "https://example/broker/pacts"},
	} {
		c, err := newClient(Remote{URL: tt.base})
		require.NoError(t, err)
		got, err := c.address(tt.link)
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
	}
}
