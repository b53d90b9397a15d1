package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Before a deployment: may it go ahead, and if not, why and what to do?
func ExampleClient_Verdict() {
	broker := &client.Client{BaseURL: os.Getenv("PACT_BROKER_BASE_URL"), Token: os.Getenv("PACT_BROKER_TOKEN")}
	verdict, err := broker.Verdict(context.Background(), client.Question{
		Versions: []client.Version{{Application: "web", Version: "4f2a91c"}}, Target: client.Environment("production"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("may be deployed:", verdict.Decision)
	for _, pair := range verdict.Pairs {
		fmt.Println(pair.Consumer, "and", pair.Provider, "-", pair.Code)
	}
}

// A token for the builds of an application, and what is wrong if there is none.
func ExampleClient_CreateToken() {
	broker := &client.Client{BaseURL: os.Getenv("PACT_BROKER_BASE_URL"), Token: os.Getenv("PACT_BROKER_TOKEN")}
	token, err := broker.CreateToken(context.Background(), client.NewToken{Name: "builds of web", Role: "emperor", Applications: []string{"web"}})
	var problem *client.Problem
	if errors.As(err, &problem) {
		for _, field := range problem.Fields {
			fmt.Println(field.Pointer, field.Detail)
		}
		return
	}
	if err != nil {
		fmt.Println(err) // the broker was not reached
		return
	}
	fmt.Println("put this into the secrets of your builds:", token.Secret)
}

// Everything that is recorded as deployed from now on, as it happens.
func ExampleClient_Follow() {
	broker := &client.Client{BaseURL: os.Getenv("PACT_BROKER_BASE_URL"), Token: os.Getenv("PACT_BROKER_TOKEN")}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for event, err := range broker.Follow(ctx, client.EventQuery{Types: []string{"deployment_recorded"}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(event.Data.Application, event.Data.Version, "runs in", event.Data.Environment)
		if event.Data.Environment == "production" {
			return
		}
	}
}

func TestExamples_workAsTheyStand(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("production")
	b.Pact("web", "4f2a91c").With("orders").VerifiedBy("7")
	b.Deploy("orders", "7", "production")
	t.Setenv("PACT_BROKER_BASE_URL", b.URL())
	require.Equal(t, "may be deployed: yes\nweb 4f2a91c and orders 7 - verified\n", printed(t, ExampleClient_Verdict))
	require.Contains(t, printed(t, ExampleClient_CreateToken), "/role ")
	require.Equal(t, "orders 7 runs in production\n", printed(t, ExampleClient_Follow))
}

// printed is what an example prints.
func printed(t *testing.T, example func()) string {
	t.Helper()
	out, in, err := os.Pipe()
	require.NoError(t, err)
	stdout := os.Stdout
	os.Stdout = in
	defer func() { os.Stdout = stdout }()
	example()
	require.NoError(t, in.Close())
	text, err := io.ReadAll(out)
	require.NoError(t, err)
	return string(text)
}
