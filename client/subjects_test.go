package client_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"iter"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

// each runs a test with a broker on each database, and a client for it.
func each(t *testing.T, test func(t *testing.T, b *testbroker.Broker, c *client.Client), settings ...func(*config.Settings)) {
	var changes []testbroker.Option
	for _, change := range settings {
		changes = append(changes, testbroker.With(change))
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		test(t, b, &client.Client{BaseURL: b.URL()})
	}, changes...)
}

// read reads a list to its end.
func read[T any](t *testing.T, list iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range list {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

// must is what a call answers that has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	return func(answer T, err error) T {
		t.Helper()
		require.NoError(t, err)
		return answer
	}
}

func refused(t *testing.T, code string, err error) {
	t.Helper()
	require.True(t, client.IsCode(err, code), "%v", err)
}

func TestApplications_areRenamedAndMerged(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Version("web/shop", "1")
		b.Version("Web Shop", "2")
		names := must[client.ApplicationNames](t)
		require.Equal(t, "web-shop", names(c.RenameApplication(t.Context(), "web/shop", "web-shop")).Application)
		merged := names(c.MergeApplication(t.Context(), "Web Shop", client.Merge{Into: "web-shop"}))
		require.Equal(t, []string{"Web Shop", "web/shop"}, []string{merged.FormerNames[0].Name, merged.FormerNames[1].Name})
		require.True(t, merged.FormerNames[0].Until.After(merged.FormerNames[0].Since))
		require.NoError(t, c.DeleteFormerName(t.Context(), "web-shop", "Web Shop"))
		require.Len(t, names(c.FormerNames(t.Context(), "web/shop")).FormerNames, 1)
		refused(t, "not_found", c.DeleteFormerName(t.Context(), "web-shop", "nobody"))
	})
}

func TestExternal_isChangedOnCondition(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Version("bank", "1")
		_, err := c.External(t.Context(), "bank")
		refused(t, "not_external", err)
		external := must[client.External](t)
		external(c.MarkExternal(t.Context(), "bank", client.NewExternal{Reason: "run by the bank"}, client.IfNew()))
		_, err = c.MarkExternal(t.Context(), "bank", client.NewExternal{Reason: "another"}, client.IfNew())
		refused(t, "precondition_failed", err)

		found := external(c.External(t.Context(), "bank"))
		require.Equal(t, "run by the bank", found.Reason)
		since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		changed := external(c.MarkExternal(t.Context(), "bank", client.NewExternal{Reason: "still", Since: since}, client.IfUnchanged(found.ETag)))
		require.Equal(t, since, changed.Since.UTC())
		refused(t, "precondition_failed", c.UnmarkExternal(t.Context(), "bank", client.IfUnchanged(found.ETag)))
		require.ErrorContains(t, c.UnmarkExternal(t.Context(), "bank", client.IfUnchanged(changed.ETag)), "ETag of a condition is empty")
		require.NoError(t, c.UnmarkExternal(t.Context(), "bank", client.IfThere()))
		refused(t, "not_external", c.UnmarkExternal(t.Context(), "bank"))
	})
}

func TestBranches_areClosedAndReopened(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Version("web", "1", "main", "feat/a+b")
		branch := must[client.Branch](t)
		closed := branch(c.CloseBranch(t.Context(), "web", "feat/a+b"))
		require.Equal(t, []string{client.Closed, "1"}, []string{closed.State, closed.Head})
		require.NotNil(t, closed.ClosedAt)
		require.Equal(t, []client.Branch{closed}, read(t, c.Branches(t.Context(), "web", client.Closed)))
		require.Len(t, read(t, c.Branches(t.Context(), "web", "")), 2)
		require.Equal(t, closed, branch(c.Branch(t.Context(), "web", "feat/a+b")))
		require.Equal(t, client.Active, branch(c.ReopenBranch(t.Context(), "web", "feat/a+b")).State)
	})
}

func TestContracts_areComparedToTheEndOfTheList(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		const many = 60 // more than a page has
		descriptions := make([]string, many)
		for i := range descriptions {
			descriptions[i] = "request " + string(rune('A'+i))
		}
		b.Pact("web", "1").With("orders")
		b.Pact("web", "2").Saying(testbroker.Content("web", "orders", descriptions...)).With("orders")
		changes := must[client.ContractChanges](t)
		latest := changes(c.ContractChanges(t.Context(), "orders", "web", "", ""))
		require.Equal(t, []string{"1", "2"}, []string{latest.From.Version, latest.To.Version})
		require.Len(t, latest.Items, many+1)
		require.Equal(t, many, latest.Counts["asks_more"])
		require.False(t, latest.AsksNothingNew)
		require.Nil(t, changes(c.ContractChanges(t.Context(), "orders", "web", "", "1")).From)
		_, err := c.ContractChanges(t.Context(), "orders", "web", "1", "3")
		require.Error(t, err)

		content := must[json.RawMessage](t)(c.ContractContent(t.Context(), "orders", "web", latest.From.SHA))
		require.Contains(t, string(content), "a request")
	})
}

const (
	ordersBefore = `{"openapi": "3.0.3", "info": {"title": "Orders", "version": "1"}, "paths": {"/": {"get": {"responses": {"200": {"description": "ok"}}}}}}`
	ordersAfter  = `{"openapi": "3.0.3", "info": {"title": "Orders", "version": "2"}, "paths": {}}`
)

func TestProviderContracts_areReadAndChecked(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Pact("web", "1").With("orders")
		b.Deploy("web", "1", "production")
		for version, document := range map[string]string{"1": ordersBefore, "2": ordersAfter} {
			b.Post("/provider-contracts/provider/orders/publish", testbroker.Object{"pacticipantVersionNumber": version, "contract": testbroker.Object{
				"content": base64.StdEncoding.EncodeToString([]byte(document)), "contentType": "application/json",
				"selfVerificationResults": testbroker.Object{"success": version == "1", "verifier": "tests"},
			}}).OK()
		}
		found := map[string]client.ProviderContracts{}
		for _, published := range read(t, c.ProviderContracts(t.Context(), "orders")) {
			found[published.Version] = published
		}
		require.Equal(t, []string{"succeeded", "failed"}, []string{found["1"].Evidence, found["2"].Evidence})
		require.Equal(t, "tests", found["1"].Contracts[0].Verifier)

		document := must[client.Document](t)(c.ProviderDocument(t.Context(), "orders", client.DocumentQuery{Version: "1"}))
		require.Equal(t, []string{"1", ordersBefore}, []string{document.Version, string(document.Content)})
		require.Contains(t, document.ContentType, "application/json")

		changes := must[client.DocumentChanges](t)
		published := changes(c.DocumentChanges(t.Context(), "orders", "1", "2", ""))
		require.Equal(t, []string{"1", "2"}, []string{published.From.Version, published.To.Version})
		require.Equal(t, "breaks_consumers", published.Items[0].Meaning)
		require.Equal(t, "web", published.Items[0].Breaks[0].Consumer)
		offered := changes(c.CheckDocument(t.Context(), "orders", client.OfferedDocument{Content: []byte(ordersAfter), CompareWithVersion: "1"}))
		require.Nil(t, offered.To)
		require.Equal(t, published.Items, offered.Items)
		require.Equal(t, []string{"web", "production"}, []string{offered.Consumers[0].Consumer, offered.Consumers[0].Environments[0]})
		_, err := c.CheckDocument(t.Context(), "orders", client.OfferedDocument{Content: []byte("hello")})
		require.Error(t, err)
	})
}

func TestWebhooks_areSetPausedAndSigned(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Version("orders", "1")
		webhook, key := must[client.Webhook](t), must[client.SigningKey](t)
		wanted := client.NewWebhook{
			Description: "builds", Provider: &client.WebhookSide{Name: "orders"}, Events: []string{"contract_published"}, Filter: client.EventFilter{Branches: []string{"main"}},
			Request: client.WebhookRequest{Method: "POST", URL: "http://127.0.0.1/hooks", Password: "secret", Username: "u"},
		}
		made := webhook(c.CreateWebhook(t.Context(), wanted))
		require.NotEmpty(t, made.SigningKeys[0].Secret)
		require.Equal(t, client.CloudEvents, made.Format)

		found := webhook(c.Webhook(t.Context(), made.ID))
		require.Equal(t, []any{wanted.Filter.Branches, "orders", true}, []any{found.Filter.Branches, found.Provider.Name, found.Enabled})
		require.Nil(t, found.Consumer)
		require.NotEqual(t, "secret", found.Request.Password)
		off := false
		wanted.Enabled = &off
		changed := webhook(c.PutWebhook(t.Context(), made.ID, wanted, client.IfUnchanged(found.ETag)))
		require.False(t, changed.Enabled)
		_, err := c.PutWebhook(t.Context(), made.ID, wanted, client.IfUnchanged(found.ETag))
		refused(t, "precondition_failed", err)

		require.True(t, webhook(c.PauseWebhook(t.Context(), made.ID)).Paused)
		require.False(t, webhook(c.ResumeWebhook(t.Context(), made.ID)).Paused)
		second := key(c.AddSigningKey(t.Context(), made.ID, ""))
		require.NotEmpty(t, second.Secret)
		require.NoError(t, c.RemoveSigningKey(t.Context(), made.ID, second.ID))
		require.Len(t, read(t, c.Webhooks(t.Context(), client.WebhookQuery{Event: "contract_published", Provider: "orders"})), 1)
		require.Empty(t, read(t, c.Webhooks(t.Context(), client.WebhookQuery{Event: "version_created"})))
		refused(t, "precondition_failed", c.DeleteWebhook(t.Context(), made.ID, client.IfUnchanged(found.ETag)))
		require.NoError(t, c.DeleteWebhook(t.Context(), made.ID))
	}, testbroker.CallingHere)
}

func TestDeliveries_areReadAndSentAgain(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		to := testbroker.NewReceiver(t)
		b.Work()
		webhook := must[client.Webhook](t)(c.CreateWebhook(t.Context(), client.NewWebhook{Events: []string{"version_created"}, Request: client.WebhookRequest{Method: "POST", URL: to.URL + "/fail"}}))
		b.Version("web", "1")
		var given client.Delivery
		require.Eventually(t, func() bool {
			dead := read(t, c.Deliveries(t.Context(), client.DeliveryQuery{Webhook: webhook.ID, Statuses: []string{client.GivenUp, client.Delivered}, Since: time.Unix(1, 0)}))
			if len(dead) > 0 {
				given = dead[0]
			}
			return len(dead) > 0
		}, 10*time.Second, 10*time.Millisecond)
		require.Equal(t, []any{"version_created", "web", client.GivenUp}, []any{given.Event, given.Subject, given.Status})
		require.NotEmpty(t, given.Reason)
		require.NotEmpty(t, given.Receiver.Host)

		shown := must[client.DeliveryWithAttempts](t)(c.Delivery(t.Context(), given.ID))
		require.Len(t, shown.Made, given.Attempts)
		require.False(t, shown.Made[0].Success)
		history := must[client.RequestHistory](t)(c.Request(t.Context(), given.RequestID))
		require.Equal(t, []any{"putVersion", given.ID}, []any{history.Answers[0].Operation, history.Deliveries[0].ID})
		require.Contains(t, types(history.Events), "accord.version_created")

		require.Equal(t, given.ID, must[client.Delivery](t)(c.Redeliver(t.Context(), given.ID)).ID)
		require.Eventually(t, func() bool {
			replayed, err := c.ReplayDeliveries(t.Context(), client.Replay{Status: client.GivenUp, Application: "web"})
			require.NoError(t, err)
			return replayed.Redelivered == 1 && !replayed.More
		}, 10*time.Second, 10*time.Millisecond)
		_, err := c.ReplayDeliveries(t.Context(), client.Replay{})
		refused(t, "invalid", err)
	}, testbroker.CallingHere)
}

func types(events []client.Event) []string {
	var words []string
	for _, event := range events {
		words = append(words, event.Type)
	}
	return words
}

func TestSecrets_areKeptAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, _ *testbroker.Broker, c *client.Client) {
		kept := must[client.Secret](t)(c.PutSecret(t.Context(), "ci", client.NewSecret{Value: "value", Description: "Starts builds", Hosts: []string{"127.0.0.1"}}))
		require.Equal(t, []string{"ci", "Starts builds"}, []string{kept.Name, kept.Description})
		require.NotNil(t, kept.LabelledApplications, "told where it is set")
		kept.LabelledApplications = nil
		require.Equal(t, []client.Secret{kept}, read(t, c.Secrets(t.Context(), "")))
		require.NoError(t, c.DeleteSecret(t.Context(), "ci"))
		require.Empty(t, read(t, c.Secrets(t.Context(), "")))
	}, testbroker.CallingHere)
}

// administered has an administrator, and believes issuers of the test.
func administered(s *config.Settings) {
	s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "admin", "sesame"
	s.Access.TrustPrivateHosts = []string{"127.0.0.1"}
}

func asAdmin(c *client.Client) *client.Client {
	return &client.Client{BaseURL: c.BaseURL, Username: "admin", Password: "sesame"}
}

func TestTokens_areRotated(t *testing.T) {
	each(t, func(t *testing.T, _ *testbroker.Broker, c *client.Client) {
		admin, token := asAdmin(c), must[client.Token](t)
		first := token(admin.CreateToken(t.Context(), client.NewToken{Name: "builds", Role: "consumer-ci", Labels: []string{"shop"}}))
		second := token(admin.RotateToken(t.Context(), first.ID, time.Hour))
		require.Equal(t, []string{"shop"}, second.Labels)
		for _, secret := range []string{first.Secret, second.Secret} {
			me := must[client.Me](t)((&client.Client{BaseURL: c.BaseURL, Token: secret}).Me(t.Context()))
			require.Equal(t, []string{"token", "consumer-ci"}, []string{me.Through, me.Grants[0].Role})
		}
		all := read(t, admin.Tokens(t.Context(), ""))
		require.Len(t, all, 2)
		require.NotNil(t, all[0].RevokedAt)
		require.Nil(t, all[1].RevokedAt)
		_, err := admin.RotateToken(t.Context(), first.ID, -time.Hour)
		refused(t, "invalid", err)
	}, administered)
}

func TestTrustRules_letAJobSignInWithoutASecret(t *testing.T) {
	issuer := testissuer.New(t)
	each(t, func(t *testing.T, _ *testbroker.Broker, c *client.Client) {
		admin, rule := asAdmin(c), must[client.TrustRule](t)
		wanted := client.NewTrustRule{Name: "web", Issuer: issuer.URL, Audience: "accord", Claims: map[string][]string{"repository": {"octo/web"}}, Role: "consumer-ci"}
		made := rule(admin.CreateTrustRule(t.Context(), wanted))
		require.NotNil(t, made.LabelledApplications, "told where it is made")
		made.LabelledApplications = nil
		require.Equal(t, []client.TrustRule{made}, read(t, admin.TrustRules(t.Context(), "")))
		job := issuer.Sign(issuer.Claims("accord", "octo/web"))
		trial := must[client.TrustTrial](t)(admin.TryTrustRules(t.Context(), job))
		require.Equal(t, []any{true, made.ID}, []any{trial.Accepted, trial.Rule})

		exchanged := must[client.ExchangedToken](t)((&client.Client{BaseURL: c.BaseURL, Token: "ends"}).ExchangeToken(t.Context(), job))
		require.Equal(t, 900, exchanged.ExpiresIn)
		require.Equal(t, "token", must[client.Me](t)((&client.Client{BaseURL: c.BaseURL, Token: exchanged.AccessToken}).Me(t.Context())).Through)
		_, err := c.ExchangeToken(t.Context(), issuer.Sign(issuer.Claims("accord", "octo/evil")))
		refused(t, "invalid_grant", err)
		require.NotContains(t, err.Error(), "  ")

		wanted.Claims["repository"] = []string{"octo/other"}
		require.Equal(t, wanted.Claims, rule(admin.PutTrustRule(t.Context(), made.ID, wanted)).Claims)
		require.NoError(t, admin.DeleteTrustRule(t.Context(), made.ID))
		require.Empty(t, read(t, admin.TrustRules(t.Context(), "")))
	}, administered)
}

func TestAudit_tellsWhoDidWhat(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		admin := asAdmin(c)
		b.Always(testbroker.As("admin", "sesame")).Version("web", "1")
		_, err := c.CreateToken(t.Context(), client.NewToken{Name: "x", Role: "admin"})
		refused(t, "unauthorized", err)
		must[client.Token](t)(admin.CreateToken(t.Context(), client.NewToken{Name: "x", Role: "admin"}))
		must[client.Token](t)(admin.CreateToken(t.Context(), client.NewToken{Name: "y", Role: "admin"}))
		require.Len(t, read(t, admin.Audit(t.Context(), client.AuditQuery{Action: "createToken", Outcome: "unauthorized"})), 1)
		newest := read(t, admin.Audit(t.Context(), client.AuditQuery{Action: "createToken", Outcome: "done"}))
		oldest := read(t, admin.Audit(t.Context(), client.AuditQuery{Action: "createToken", Outcome: "done", OldestFirst: true}))
		require.Equal(t, []string{newest[0].ID, newest[1].ID}, []string{oldest[1].ID, oldest[0].ID})
		about := read(t, admin.Audit(t.Context(), client.AuditQuery{Application: "web", Since: time.Unix(1, 0), Until: time.Now().Add(time.Hour)}))
		require.Equal(t, []string{"web"}, about[0].Applications)
		require.Contains(t, about[0].Events, "version_created")
	}, administered)
}

func TestTeams_haveRolesAndPeople(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		admin, team, user := asAdmin(c), must[client.Team](t), must[client.User](t)
		b.Always(testbroker.As("admin", "sesame")).Version("web", "1")
		role := must[client.Role](t)(admin.PutRole(t.Context(), "keeper", client.NewRole{Description: "Keeps", Actions: []string{"read", "manage_webhooks"}}))
		require.Contains(t, read(t, admin.Roles(t.Context())), role)
		jo := user(admin.CreateUser(t.Context(), client.NewUser{Name: "jo", Role: "viewer"}))
		require.NotEmpty(t, jo.Password)

		made := team(admin.PutTeam(t.Context(), "Shop & Co", client.NewTeam{Contact: "#shop", Role: "keeper", Applications: []string{"web"}, People: []string{jo.ID}}, client.IfNew()))
		require.Equal(t, []string{jo.ID}, made.People)
		found := team(admin.Team(t.Context(), "Shop & Co"))
		require.Equal(t, "#shop", team(admin.PutTeam(t.Context(), "Shop & Co", client.NewTeam{Contact: "#shop", Role: "keeper"}, client.IfUnchanged(found.ETag))).Contact)
		refused(t, "precondition_failed", admin.DeleteTeam(t.Context(), "Shop & Co", client.IfUnchanged(found.ETag)))
		require.Len(t, read(t, admin.Teams(t.Context())), 1)
		require.Empty(t, read(t, admin.Users(t.Context(), "Shop & Co")))

		refused(t, "conflict", admin.DeleteRole(t.Context(), "keeper"))
		require.NoError(t, admin.DeleteTeam(t.Context(), "Shop & Co"))
		require.NoError(t, admin.DeleteRole(t.Context(), "keeper"))
	}, administered)
}

func TestUsers_areKeptOutAndLetIn(t *testing.T) {
	each(t, func(t *testing.T, _ *testbroker.Broker, c *client.Client) {
		admin, user := asAdmin(c), must[client.User](t)
		jo := user(admin.CreateUser(t.Context(), client.NewUser{Name: "jo", Password: "correct horse battery"}))
		require.Empty(t, jo.Password)
		require.Equal(t, "developer", user(admin.UpdateUser(t.Context(), jo.ID, client.UserRights{Role: "developer", Applications: []string{"web"}})).Role)
		require.NotNil(t, user(admin.DisableUser(t.Context(), jo.ID)).DisabledAt)
		require.Nil(t, user(admin.EnableUser(t.Context(), jo.ID)).DisabledAt)
		require.NotEmpty(t, user(admin.SetUserPassword(t.Context(), jo.ID, "")).Password)
		require.Empty(t, user(admin.SetUserPassword(t.Context(), jo.ID, "correct horse staple")).Password)
		require.Equal(t, "jo", read(t, admin.Users(t.Context(), ""))[0].Name)
		_, err := admin.CreateUser(t.Context(), client.NewUser{Name: "jo"})
		require.Error(t, err)
	}, administered)
}

func TestVCS_closesBranchesThatWereDeleted(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Post("/pacticipants", testbroker.Object{"name": "web", "repositoryUrl": "https://github.com/shop/web"}).OK()
		b.Version("web", "1", "main", "feat/cart")
		outcome := must[client.VCSOutcome](t)
		event := []byte(`{"ref": "feat/cart", "ref_type": "branch", "repository": {"html_url": "https://github.com/shop/web"}}`)
		mac := hmac.New(sha256.New, []byte("hub hub"))
		mac.Write(event)
		heard := outcome(c.HearGitHub(t.Context(), "delete", "sha256="+hex.EncodeToString(mac.Sum(nil)), event))
		require.Equal(t, []client.BranchOutcome{{Application: "web", Outcome: "closed"}}, heard.Applications)
		ignored := outcome(c.HearGitLab(t.Context(), "lab lab", []byte(`{"object_kind": "note"}`)))
		require.NotEmpty(t, ignored.Ignored)
		_, err := c.HearGitHub(t.Context(), "delete", "sha256=00", event)
		require.Error(t, err)
	}, func(s *config.Settings) { s.VCS.GitHubSecret, s.VCS.GitLabSecret = "hub hub", "lab lab" })
}

func TestFollow_goesOnWithWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Version("web", "1")
		next := 2
		for event, err := range c.Follow(t.Context(), client.EventQuery{Types: []string{"version_created"}, Wait: 5 * time.Second}) {
			require.NoError(t, err)
			require.Equal(t, "web", event.Data.Application)
			if event.Data.Version == "3" {
				break
			}
			b.Version("web", string(rune('0'+next)))
			next++
		}
		require.Equal(t, 4, next)
		for _, err := range c.Follow(t.Context(), client.EventQuery{Types: []string{"rapture"}}) {
			refused(t, "invalid", err)
		}
	})
}

func TestFollow_endsAtItsTime(t *testing.T) {
	b := testbroker.New(t)
	c := &client.Client{BaseURL: b.URL()}
	b.Version("web", "1")
	seen := read(t, c.Follow(t.Context(), client.EventQuery{Types: []string{"version_created"}, Until: time.Now().Add(time.Second), Wait: time.Second}))
	require.Len(t, seen, 1)
	require.Empty(t, read(t, c.Follow(t.Context(), client.EventQuery{Until: time.Unix(1, 0), Wait: time.Second})))
}

// A wait of less than a second is none to the broker.
func TestFollow_doesNotAskWithoutAPause(t *testing.T) {
	rec := &recorder{}
	server := httptest.NewServer(rec)
	defer server.Close()
	for _, wait := range []time.Duration{0, time.Millisecond} {
		for _, err := range (&client.Client{BaseURL: server.URL}).Follow(t.Context(), client.EventQuery{Wait: wait}) {
			require.Error(t, err)
		}
		require.Equal(t, "30", rec.requests[len(rec.requests)-1].URL.Query().Get("wait"))
	}
}

func TestVerdictFor_takesTheQuestionOfTheCompatibleAPI(t *testing.T) {
	each(t, func(t *testing.T, b *testbroker.Broker, c *client.Client) {
		b.Environment("production")
		b.Pact("web", "1").With("orders").VerifiedBy("7")
		b.Deploy("orders", "7", "production")
		verdict := must[client.Verdict](t)(c.VerdictFor(t.Context(), url.Values{"pacticipant": {"web"}, "version": {"1"}, "environment": {"production"}}))
		require.Equal(t, client.Yes, verdict.Decision)
		require.Equal(t, "7", verdict.Pairs[0].Deployments[0].Version)
		require.NotEmpty(t, verdict.Pairs[0].Contract.SHA)
		require.True(t, verdict.Pairs[0].Result.Success)
		_, err := c.VerdictFor(t.Context(), url.Values{"pacticipant": {"web"}})
		refused(t, "invalid", err)
	})
}
