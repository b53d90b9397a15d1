package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/webhooks"
)

const (
	// callsAtATime is how many webhooks are being sent at a time. Most of them wait
	// for an answer, some for one that never comes.
	callsAtATime = 160
	// jobGrace is how long running jobs may take when the broker stops. What is
	// cut off is done again at the next start.
	jobGrace = 20 * time.Second
)

// newWebhooks makes the service that keeps and sends webhooks.
func (a *App) newWebhooks() (*webhooks.Service, error) {
	s := a.settings.Webhooks
	hosts, err := webhooks.ParseHostRules(s.Hosts)
	if err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_WEBHOOK_HOST_WHITELIST: %v", err)}
	}
	private, err := webhooks.ParseHostRules(s.PrivateHosts)
	if err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_WEBHOOK_PRIVATE_HOSTS: %v", err)}
	}
	connection := webhooks.Connection{
		Guard: webhooks.Guard{Allowed: slices.Concat(hosts, private)}, SkipVerification: !s.VerifyTLS,
		Proxy: func(address *url.URL) (*url.URL, error) {
			return http.ProxyFromEnvironment(&http.Request{URL: address})
		},
	}
	for _, certificate := range s.Certificates {
		connection.Certificates = append(connection.Certificates, webhooks.Certificate{Description: certificate.Description, PEM: []byte(certificate.PEM)})
	}
	client, err := connection.Client(a.logger)
	if err != nil {
		return nil, err
	}
	sender := webhooks.Sender{
		Client: client, Policy: webhooks.Policy{Methods: s.Methods, Schemes: s.Schemes, Hosts: hosts}, Codes: s.SuccessCodes,
		Schedule: s.RetrySchedule, UserAgent: s.UserAgent, Redacting: s.Redact, Clock: time.Now,
	}
	return &webhooks.Service{
		Sender: sender, Keyring: a.keyring, NewID: uuid.NewString, Read: a.db, InTx: in(a, func(tx wired) webhooks.Tx { return tx }),
		Receivers: webhooks.NewReceivers(time.Now, callsAtATime), Logger: a.logger, Attempted: a.countAttempt, Follow: a.followCall, Cause: a.cause,
		AllowUnknown: s.AllowUnknown, ExpandDeployed: a.settings.Has("expand_currently_deployed_provider_versions"),
	}, nil
}

// StartWork begins to do the jobs that are due. Stop lets running ones finish.
func (a *App) StartWork(ctx context.Context) (stop func() error, err error) {
	if err := a.comparer.Renew(ctx); err != nil {
		return nil, err
	}
	lasting, stopLasting := context.WithCancel(context.WithoutCancel(ctx))
	work := queue.Work{
		Deliver: a.deliver, Workers: callsAtATime, Logger: warnings(a.logger),
		Compare: func(ctx context.Context, providerVersion, publication int64) error {
			return a.comparer.CompareLive(ctx, providercontracts.Subject{ProviderVersion: providerVersion, Publication: publication})
		},
		PollVerdicts: a.VerdictMonitor().Poll, Follow: a.followJob,
	}
	if set := a.settings.Cleaning; set.Enabled {
		work.CleanAt, work.CleanTimeout = localSchedule{set.Schedule}, cleanTimeout(set)
		work.Clean = untilStopped(lasting, a.cleanNow)
	}
	if set := a.settings.Backups; set.Schedule != nil {
		work.BackupAt, work.BackupTimeout, work.BackupAgain = localSchedule{set.Schedule}, backupTimeout, backupAgain
		work.Backup = untilStopped(lasting, a.backupNow)
	}
	stopWork, err := a.db.StartWork(ctx, work)
	if err != nil {
		stopLasting()
		return nil, err
	}
	return func() error {
		stopLasting()
		ctx, cancel := context.WithTimeout(context.Background(), jobGrace)
		defer cancel()
		return stopWork(ctx)
	}, nil
}

// untilStopped is a job that takes its time, but none once the broker stops.
func untilStopped(lasting context.Context, job func(ctx context.Context) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(lasting, cancel)()
		return job(ctx)
	}
}
