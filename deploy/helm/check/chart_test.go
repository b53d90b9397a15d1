// Package check holds the chart to what Helm and Kubernetes accept, and to what
// the broker understands.
package check

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const folder = "../accord"

func TestLint(t *testing.T) {
	for _, message := range lint.All(folder, nil, "pacts", true).Messages {
		if message.Severity > support.InfoSev {
			t.Error(message)
		}
	}
}

// kinds are what a chart may make; what is none of Kubernetes' own is not decoded.
var kinds = map[string]func() any{
	"Deployment":            func() any { return &appsv1.Deployment{} },
	"Service":               func() any { return &corev1.Service{} },
	"ServiceAccount":        func() any { return &corev1.ServiceAccount{} },
	"PersistentVolumeClaim": func() any { return &corev1.PersistentVolumeClaim{} },
	"Ingress":               func() any { return &networkingv1.Ingress{} },
	"PodDisruptionBudget":   func() any { return &policyv1.PodDisruptionBudget{} },
	"Job":                   func() any { return &batchv1.Job{} },
	"CronJob":               func() any { return &batchv1.CronJob{} },
	"ServiceMonitor":        func() any { return &map[string]any{} },
}

// rendered is what a file of values makes, by kind.
func rendered(t *testing.T, values string) map[string]any {
	t.Helper()
	return renderedAs(t, "pacts", values)
}

// renderedAs is the same for a release of any name.
func renderedAs(t *testing.T, release, values string) map[string]any {
	t.Helper()
	accord := load(t)
	text, err := os.ReadFile(values)
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues(text)
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(accord, given, chartutil.ReleaseOptions{Name: release, Namespace: "tools"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(accord, all)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]any{}
	for name, text := range files {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(text) != "" {
			kind, object := decode(t, name, text)
			made[kind] = object
		}
	}
	return made
}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// decode reads an object into Kubernetes' own type, which refuses what it does not know.
func decode(t *testing.T, name, text string) (kind string, object any) {
	t.Helper()
	var head struct{ Kind string }
	if err := yaml.Unmarshal([]byte(text), &head); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	make := kinds[head.Kind]
	if make == nil {
		t.Fatalf("%s makes a %q, which is not expected", name, head.Kind)
	}
	object = make()
	if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return head.Kind, object
}

func TestRender(t *testing.T) {
	for values, want := range map[string][]string{
		"values/file.yaml":           {"Deployment", "Service", "ServiceAccount", "PersistentVolumeClaim", "Ingress"},
		"values/postgres.yaml":       {"Deployment", "Service", "ServiceAccount", "Ingress", "PodDisruptionBudget", "Job", "ServiceMonitor"},
		"values/everything-set.yaml": {"Deployment", "Service", "ServiceAccount", "Ingress", "CronJob"},
		"values/odd.yaml":            {"Deployment", "Service", "ServiceAccount", "Ingress", "PodDisruptionBudget", "CronJob"},
	} {
		t.Run(filepath.Base(values), func(t *testing.T) {
			made := rendered(t, values)
			for _, kind := range want {
				if made[kind] == nil {
					t.Errorf("no %s", kind)
				}
			}
			if len(made) != len(want) {
				t.Errorf("%d kinds, expected %d", len(made), len(want))
			}
		})
	}
}

func deployment(t *testing.T, values string) *appsv1.Deployment {
	t.Helper()
	return rendered(t, values)["Deployment"].(*appsv1.Deployment)
}

func TestDeployment_withAFileHasOneWriter(t *testing.T) {
	d := deployment(t, "values/file.yaml")
	if *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		t.Errorf("%d replicas, strategy %q", *d.Spec.Replicas, d.Spec.Strategy.Type)
	}
	if got := variable(d, "PACT_BROKER_DATABASE_URL"); got != "sqlite:////data/accord.db" {
		t.Error(got)
	}
}

func TestDeployment_withPostgreSQL(t *testing.T) {
	d := deployment(t, "values/postgres.yaml")
	if *d.Spec.Replicas != 2 {
		t.Errorf("%d replicas", *d.Spec.Replicas)
	}
	if image := d.Spec.Template.Spec.Containers[0].Image; image != "registry.example.com/tools/accord:1.2.3" {
		t.Error(image)
	}
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		if v.Name == "PACT_BROKER_DATABASE_PASSWORD" && v.ValueFrom.SecretKeyRef.Name == "broker-database" {
			return
		}
	}
	t.Error("the password of the database does not come from its secret")
}

func TestDeployment_isProbedForLifeAndForReadiness(t *testing.T) {
	broker := deployment(t, "values/postgres.yaml").Spec.Template.Spec.Containers[0]
	for name, probe := range map[string]struct {
		of   *corev1.Probe
		path string
	}{
		"startup": {broker.StartupProbe, "/livez"}, "liveness": {broker.LivenessProbe, "/livez"}, "readiness": {broker.ReadinessProbe, "/readyz"},
	} {
		if probe.of == nil || probe.of.HTTPGet.Path != probe.path {
			t.Errorf("%s does not ask %s: %+v", name, probe.path, probe.of)
		}
	}
}

func TestDeployment_takesTheImageAsOneString(t *testing.T) {
	if image := deployment(t, "values/everything-set.yaml").Spec.Template.Spec.Containers[0].Image; image != "accord:latest" {
		t.Error(image)
	}
}

// What a person must not have to change in values for the Pact Broker's chart.
func TestRender_takesValuesAsTheyWereWritten(t *testing.T) {
	made := rendered(t, "values/odd.yaml")
	d := made["Deployment"].(*appsv1.Deployment)
	containers := d.Spec.Template.Spec.Containers
	if image := containers[0].Image; !strings.HasPrefix(image, "registry.example.com/accord:") {
		t.Errorf("the image is %s, which this chart cannot run", image)
	}
	mounts := map[string]bool{}
	for _, mount := range containers[0].VolumeMounts {
		if at := strings.TrimSuffix(mount.MountPath, "/"); mounts[at] {
			t.Errorf("two volumes at %s", at)
		} else {
			mounts[at] = true
		}
	}
	volumes := map[string]bool{}
	for _, volume := range d.Spec.Template.Spec.Volumes {
		if volumes[volume.Name] {
			t.Errorf("two volumes are called %s", volume.Name)
		}
		volumes[volume.Name] = true
	}
	if name := containers[1].Name; name != "pacts-proxy" {
		t.Errorf("a template in extraContainers became %s", name)
	}
	if d.Spec.RevisionHistoryLimit != nil || d.Labels["owner"] != "pacts" || d.Annotations["note"] != "a: b" {
		t.Errorf("%+v %v %v", d.Spec.RevisionHistoryLimit, d.Labels, d.Annotations)
	}
	for name, want := range map[string]string{
		"BASIC_AUTH_PASSWORD": "12345678", "MAIN_BRANCH_CANDIDATES": "main develop", "WEBHOOK_HOST_WHITELIST": "ci.example.com 10.0.0.0/8",
		"DATABASE_STATEMENT_TIMEOUT": "1234567", "DATABASE_PORT": "5432", "DATABASE_NAME": "my pacts", "DATABASE_PASSWORD": `'"#%{`,
	} {
		if got := variable(d, "PACT_BROKER_"+name); got != want {
			t.Errorf("%s is %q instead of %q", name, got, want)
		}
	}
	if spec := made["PodDisruptionBudget"].(*policyv1.PodDisruptionBudget).Spec; spec.MaxUnavailable != nil || spec.MinAvailable.String() != "50%" {
		t.Errorf("Kubernetes takes one of the two: %v %v", spec.MaxUnavailable, spec.MinAvailable)
	}
	if secrets := made["ServiceAccount"].(*corev1.ServiceAccount).ImagePullSecrets; len(secrets) != 1 || secrets[0].Name != "registry-login" {
		t.Error(secrets)
	}
	if annotations := made["Ingress"].(*networkingv1.Ingress).Annotations; annotations["example.com/pacts"] != "tools" {
		t.Error(annotations)
	}
}

// The budget would count pods of jobs, and Kubernetes then lets no pod go.
func TestJobs_areNotAmongThePodsOfTheBroker(t *testing.T) {
	const longest = "a-release-whose-name-is-as-long-as-helm-will-let-it-be" // 53 letters and one
	for values, kind := range map[string]string{"values/postgres.yaml": "Job", "values/odd.yaml": "CronJob"} {
		made := renderedAs(t, longest[:53], values)
		name, pod, most := "", map[string]string(nil), 63
		switch job := made[kind].(type) {
		case *batchv1.Job:
			name, pod = job.Name, job.Spec.Template.Labels
		case *batchv1.CronJob:
			name, pod, most = job.Name, job.Spec.JobTemplate.Spec.Template.Labels, 52
		}
		if len(name) > most {
			t.Errorf("%s is too long for a %s", name, kind)
		}
		if selected(made["Service"].(*corev1.Service).Spec.Selector, pod) || selected(made["PodDisruptionBudget"].(*policyv1.PodDisruptionBudget).Spec.Selector.MatchLabels, pod) {
			t.Errorf("%s: its pods pass for the broker's: %v", kind, pod)
		}
	}
}

func selected(selector, labels map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return true
}

func variable(d *appsv1.Deployment, name string) string {
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// ofTheTest are settings that differ from what comes out of the chart.
var ofTheTest = []string{
	"PORT", "SECRETS_KEY", "DATABASE_URL", "DATABASE_ADAPTER", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USERNAME", "DATABASE_PASSWORD",
}

// The environment that comes out starts a broker that has nothing to warn of. Its
// database and port are replaced by those of the test, its secrets by any text.
func TestEnvironment_startsABrokerWithoutAWarning(t *testing.T) {
	broker := os.Getenv("ACCORD_BROKER")
	if broker == "" {
		t.Fatal("ACCORD_BROKER must name the program broker")
	}
	for _, values := range []string{"values/file.yaml", "values/postgres.yaml", "values/everything-set.yaml", "values/odd.yaml"} {
		t.Run(filepath.Base(values), func(t *testing.T) {
			environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db"), "PACT_BROKER_PORT=0"}
			for _, v := range deployment(t, values).Spec.Template.Spec.Containers[0].Env {
				switch {
				case slices.Contains(ofTheTest, strings.TrimPrefix(v.Name, "PACT_BROKER_")):
				case v.ValueFrom != nil:
					environ = append(environ, v.Name+"=secret")
				default:
					environ = append(environ, v.Name+"="+v.Value)
				}
			}
			requireQuietStart(t, broker, environ)
		})
	}
}

func requireQuietStart(t *testing.T, broker string, environ []string) {
	t.Helper()
	command := exec.Command(broker, "serve")
	command.Env = environ
	said, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	overdue := time.AfterFunc(20*time.Second, func() { _ = command.Process.Kill() })
	defer overdue.Stop()
	var logged strings.Builder
	started := false
	for lines := bufio.NewScanner(said); !started && lines.Scan(); {
		logged.WriteString(lines.Text() + "\n")
		started = strings.Contains(lines.Text(), "answers at") || strings.Contains(lines.Text(), `"msg":"ready"`)
	}
	_ = command.Process.Signal(os.Interrupt)
	_ = command.Wait() // it has said all that counts
	if !started || strings.Contains(logged.String(), "WARN") {
		t.Errorf("started %t, with %v:\n%s", started, environ, &logged)
	}
}
