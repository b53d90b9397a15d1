package commands

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// What came of renaming and merging, and what is in the way, is told to people and to
// programs, beside a broker that serves from the same database.
func TestApplication_tellsWhatCameOfRenamingAndMerging(t *testing.T) {
	b := testbroker.New(t)
	for consumer, path := range map[string]string{"basket": "/one", "cart": "/other"} {
		b.Put("/pacts/provider/shop/consumer/"+consumer+"/version/1", testbroker.Object{
			"consumer": testbroker.Object{"name": consumer}, "provider": testbroker.Object{"name": "shop"},
			"interactions": []any{testbroker.Object{"description": "d", "request": testbroker.Object{"method": "GET", "path": path}, "response": testbroker.Object{"status": 200}}},
		}).OK(http.StatusCreated)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		var out, told bytes.Buffer
		shell := Shell{Args: append([]string{"application"}, args...), Environ: []string{"PACT_BROKER_DATABASE_URL=" + b.Settings().Database.URL}, Out: &out, Err: &told}
		require.Equal(t, code, Run(context.Background(), shell), "%s%s", &out, &told)
		return out.String() + told.String()
	}

	require.Equal(t, "basket is called shopping-basket now.\n", run(0, "rename", "basket", "shopping-basket"))
	b.Get("/pacticipants/shopping-basket").OK(http.StatusOK)
	require.JSONEq(t, `{"name":"basket","former_name":"shopping-basket","renamed":true,"error":null}`, run(0, "rename", "shopping-basket", "basket", "--output", "json"))
	require.JSONEq(t, `{"name":"y","former_name":"x","renamed":false,"error":"No pacticipant with name 'x' found"}`, run(1, "rename", "x", "y", "--output", "json"))

	const clash, advice = "versions of both say something else to the same provider", "add --on-clash newest to let what came later count, or remove what is wrong first"
	clashes := `"clashes":[{"what":"` + clash + `","count":1,"first":["1"]}]`
	require.Equal(t, "CLASH "+clash+" (1)\n"+wrapped("broker: nothing would be merged: "+advice, "")+"\n", run(1, "merge", "cart", "basket", "--dry-run"))
	require.JSONEq(t, `{"duplicate":"cart","into":"basket","dry_run":true,"merged":false,"pair_with_itself":false,`+clashes+`,"error":"nothing would be merged: `+advice+`"}`, run(1, "merge", "cart", "basket", "--dry-run", "--output", "json"))
	require.Equal(t, "CLASH "+clash+" (1)\n"+wrapped("broker: nothing was merged: "+advice, "")+"\n", run(1, "merge", "cart", "basket"))
	require.Equal(t, "CLASH "+clash+" (1)\nWhere both have something else, what came later would count.\ncart can be made a part of basket.\n", run(0, "merge", "cart", "basket", "--on-clash", "newest", "--dry-run"))
	require.JSONEq(t, `{"duplicate":"cart","into":"basket","dry_run":true,"merged":false,"pair_with_itself":false,`+clashes+`,"error":null}`, run(0, "merge", "cart", "basket", "--on-clash", "newest", "--dry-run", "--output", "json"))
	b.Get("/pacticipants/cart").OK(http.StatusOK)
	run(0, "rename", "basket", "bag")
	run(0, "rename", "bag", "shopping-basket")
	require.JSONEq(t, `{"duplicate":"cart","into":"shopping-basket","dry_run":true,"merged":false,"pair_with_itself":false,`+clashes+`,"error":null}`,
		run(0, "merge", "cart", "bag", "--on-clash", "newest", "--dry-run", "--output", "json"), "a former name")
	run(0, "rename", "shopping-basket", "basket")
	require.JSONEq(t, `{"duplicate":"cart","into":"basket","dry_run":false,"merged":true,"pair_with_itself":false,`+clashes+`,"error":null}`, run(0, "merge", "cart", "basket", "--on-clash", "newest", "--output", "json"))
	b.Get("/pacticipants/cart").OK(http.StatusMovedPermanently, http.StatusPermanentRedirect, http.StatusOK)

	const itself = " One of both is a consumer of the other: shop "
	require.Equal(t, wrapped("basket can be made a part of shop."+itself+"would be a consumer of itself.", "")+"\n", run(0, "merge", "basket", "shop", "--dry-run"))
	require.JSONEq(t, `{"duplicate":"basket","into":"shop","dry_run":true,"merged":false,"pair_with_itself":true,"clashes":[],"error":null}`, run(0, "merge", "basket", "shop", "--dry-run", "--output", "json"))
	require.Equal(t, wrapped("basket is a part of shop now."+itself+"is a consumer of itself now.", "")+"\n", run(0, "merge", "basket", "shop"))
}
