package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// follow imports again and again until ctx ends. An import that fails is tried
// again at the next time: the other broker may be restarted meanwhile.
func follow(ctx context.Context, report report, flags importFlags, run func() error) error {
	var upTo time.Time
	for failures := int64(0); ; {
		started := time.Now()
		err := run()
		switch {
		case ctx.Err() != nil:
			return stopped(report, flags)
		case err != nil && upTo.IsZero():
			return err
		case err != nil:
			failures++
		default:
			upTo = started
		}
		lag := time.Since(upTo)
		report.say("What was there %s ago is here. The next import begins in %s.", lag.Round(time.Second), flags.every)
		if err := writeMetrics(flags.metrics, lag, upTo, failures); err != nil {
			return report.failed(newImportFailure(flags), err)
		}
		select {
		case <-ctx.Done():
			return stopped(report, flags)
		case <-time.After(flags.every):
		}
	}
}

// stopped ends following as it was told to.
func stopped(report report, flags importFlags) error {
	report.say("Stopped; %s.", goOn)
	return fail(flags.deleteState())
}

func newImportFailure(flags importFlags) jsonImport {
	return jsonImport{Source: shownSource(flags.from)}
}

// checkMetrics fails if the file of the metrics could not be written.
func checkMetrics(name string) error {
	if name == "" {
		return nil
	}
	if found, err := os.Stat(name); err == nil && found.IsDir() {
		return fmt.Errorf("--metrics-file is %s, but must be a file, not a folder", name)
	}
	draft := name + ".partial"
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // as below
	if err != nil {
		return fmt.Errorf("--metrics-file cannot be written: %w", err)
	}
	return errors.Join(file.Close(), os.Remove(draft))
}

// writeMetrics tells node_exporter how far behind the import is.
func writeMetrics(name string, lag time.Duration, upTo time.Time, failures int64) error {
	if name == "" {
		return nil
	}
	draft := name + ".partial"
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644) //nolint:gosec // node_exporter runs as somebody else
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, fmt.Sprintf(`# HELP accord_import_lag_seconds How long ago the other broker was read completely.
# TYPE accord_import_lag_seconds gauge
accord_import_lag_seconds %.3f
# HELP accord_import_up_to_timestamp_seconds What was in the other broker at this time is here.
# TYPE accord_import_up_to_timestamp_seconds gauge
accord_import_up_to_timestamp_seconds %d
# HELP accord_import_failures_total Imports that failed since the first that did not.
# TYPE accord_import_failures_total counter
accord_import_failures_total %d
`, lag.Seconds(), upTo.Unix(), failures))
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(draft, name)
}
