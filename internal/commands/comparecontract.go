package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/comparison"
)

// exitCode is an outcome that the command has told already: all that is left is its
// exit code.
type exitCode struct{ code int }

func (e exitCode) Error() string { return "" }

// comparedFiles are the files to compare, and how to tell what came of it.
type comparedFiles struct {
	contract, pact, output string
}

func newCompareContract(shell Shell) *cobra.Command {
	var files comparedFiles
	cmd := &cobra.Command{
		Use:   "compare-contract --provider-contract FILE --pact FILE",
		Short: "Compare a pact with a provider's OpenAPI or AsyncAPI document",
		Long: "Compares a pact with a provider's document: OpenAPI 2.0, 3.0 or 3.1, or\n" +
			"AsyncAPI 2 or 3, in YAML or JSON. Nothing is published, stored or fetched; no\n" +
			"broker needs to run. FILE may be - for standard input.\n\n" +
			"Exit codes: 0 compatible, 1 not compatible, 2 nothing could be compared.",
		Example: "  broker compare-contract --provider-contract openapi.yaml --pact web-shop.json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return compareContract(shell, files) },

		Annotations: map[string]string{withoutSettings: "true"},
	}
	flags := cmd.Flags()
	flags.StringVar(&files.contract, "provider-contract", "", "a `FILE` with the provider's document")
	flags.StringVar(&files.pact, "pact", "", "a `FILE` with the consumer's pact")
	flags.StringVar(&files.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

func compareContract(shell Shell, files comparedFiles) error {
	switch {
	case files.contract == "" || files.pact == "":
		return errors.New("--provider-contract and --pact are both needed")
	case files.output != "text" && files.output != "json":
		return fmt.Errorf("--output is %q, but must be text or json", files.output)
	}
	outcome := compareFiles(files)
	if files.output == "json" {
		return outcome.writeJSON(shell)
	}
	return outcome.writeText(shell.Out)
}

// comparedOutcome is what came of a comparison, or why nothing did.
type comparedOutcome struct {
	report   comparison.Report
	document *comparison.Document
	// contract is the name of the document's file, lines where its places begin.
	contract string
	lines    map[string]int
	refused  string
}

func compareFiles(files comparedFiles) comparedOutcome {
	contract, err := readFile(files.contract)
	if err != nil {
		return comparedOutcome{refused: fmt.Sprintf("The provider contract cannot be read: %v.", err)}
	}
	document, err := comparison.ReadDocument(contract)
	if err != nil {
		return comparedOutcome{refused: err.Error()}
	}
	data, err := readFile(files.pact)
	if err != nil {
		return comparedOutcome{refused: fmt.Sprintf("The pact cannot be read: %v.", err)}
	}
	pact, err := comparison.ReadPact(data)
	if err != nil {
		return comparedOutcome{refused: err.Error()}
	}
	report, err := comparison.Compare(document, pact)
	switch {
	case err != nil:
		return comparedOutcome{refused: err.Error()}
	case report.NothingCompared():
		return comparedOutcome{refused: "Nothing in the pact could be compared: " + report.Interactions[0].Uncovered + "."}
	}
	return comparedOutcome{report: report, document: document, contract: files.contract, lines: comparison.Lines(contract, places(report))}
}

// places are the places of the document that findings are about.
func places(report comparison.Report) []string {
	var pointers []string
	for _, finding := range report.Findings {
		pointers = append(pointers, finding.SpecPointer)
	}
	return pointers
}

func readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}

// code is the exit code of an outcome.
func (o comparedOutcome) code() int {
	switch {
	case o.refused != "":
		return exitUsage
	case !o.report.Compatible():
		return exitFailed
	}
	return exitDone
}

func (o comparedOutcome) done() error {
	if code := o.code(); code != exitDone {
		return exitCode{code}
	}
	return nil
}

// jsonFinding is a finding as programs read it. Interaction is null where a
// finding is about none.
type jsonFinding struct {
	Type        string        `json:"type"`
	Code        string        `json:"code"`
	Interaction *string       `json:"interaction"`
	PactPath    *string       `json:"pact_path"`
	SpecPath    *string       `json:"spec_path"`
	Message     string        `json:"message"`
	Causes      []jsonFinding `json:"causes,omitempty"`
}

func (o comparedOutcome) writeJSON(shell Shell) error {
	answer := struct {
		Success *bool         `json:"success"`
		Results []jsonFinding `json:"results"`
		Refused *string       `json:"refused"`
	}{Results: jsonFindings(o.report.Findings)}
	if o.refused != "" {
		answer.Refused = &o.refused
	} else {
		compatible := o.report.Compatible()
		answer.Success = &compatible
	}
	encoder := json.NewEncoder(shell.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answer); err != nil {
		return err
	}
	// The shape of the answer has no place for this, and silence would be taken for
	// a yes.
	for _, judged := range o.report.Interactions {
		if judged.Uncovered != "" {
			fmt.Fprintf(shell.Err, "not compared: %q, because %s\n", judged.Description, judged.Uncovered)
		}
	}
	return o.done()
}

func jsonFindings(findings []comparison.Finding) []jsonFinding {
	list := []jsonFinding{}
	for _, finding := range findings {
		entry := jsonFinding{Type: string(finding.Kind), Code: finding.Code, SpecPath: &finding.SpecPath, Message: strings.TrimSpace(finding.Message + " " + finding.Remedy)}
		if finding.Interaction >= 0 {
			entry.Interaction, entry.PactPath = &finding.Description, &finding.PactPath
		}
		if len(finding.Causes) > 0 {
			entry.Causes = jsonFindings(finding.Causes)
		}
		list = append(list, entry)
	}
	return list
}

// ranks put what must be mended first.
var ranks = map[comparison.Kind]int{comparison.Error: 0, comparison.Warning: 1, comparison.Info: 2}

func (o comparedOutcome) writeText(out io.Writer) error {
	if o.refused != "" {
		fmt.Fprintln(out, wrapped("Not compared. "+o.refused, ""))
		return o.done()
	}
	findings := slices.Clone(o.report.Findings)
	slices.SortStableFunc(findings, func(a, b comparison.Finding) int { return ranks[a.Kind] - ranks[b.Kind] })
	for _, finding := range findings {
		o.writeFinding(out, finding)
	}
	if o.report.More > 0 {
		fmt.Fprintf(out, "… and %d more.\n\n", o.report.More)
	}
	for _, judged := range o.report.Interactions {
		if judged.Uncovered != "" {
			fmt.Fprintln(out, wrapped(fmt.Sprintf("Not compared: %q, because %s.", judged.Description, judged.Uncovered), ""))
		}
	}
	fmt.Fprintln(out, o.summary())
	return o.done()
}

func (o comparedOutcome) writeFinding(out io.Writer, finding comparison.Finding) {
	const indent = "  "
	fmt.Fprintf(out, "%s  %s\n", strings.ToUpper(string(finding.Kind)), finding.Code)
	if finding.Interaction >= 0 {
		about := fmt.Sprintf("%q", finding.Description)
		if finding.State != "" {
			about += fmt.Sprintf(" given %q", finding.State)
		}
		fmt.Fprintln(out, wrapped(about, indent))
	}
	fmt.Fprintln(out, wrapped(finding.Message, indent))
	for _, cause := range finding.Causes {
		fmt.Fprintln(out, wrapped("- "+cause.Message, indent+"  "))
	}
	if finding.PactPath != "" {
		fmt.Fprintln(out, indent+"pact:     "+visible(finding.PactPath))
	}
	fmt.Fprintln(out, indent+"contract: "+visible(finding.SpecPath))
	if line := o.lines[finding.SpecPointer]; line > 0 {
		fmt.Fprintf(out, "%s          %s:%d\n", indent, o.contract, line)
	}
	if finding.Remedy != "" {
		fmt.Fprintln(out, wrapped(finding.Remedy, indent))
	}
	fmt.Fprintln(out)
}

// summary is the last line: what came of it all.
func (o comparedOutcome) summary() string {
	errorCount, warnings := 0, 0
	for _, finding := range o.report.Findings {
		switch finding.Kind {
		case comparison.Error:
			errorCount++
		case comparison.Warning:
			warnings++
		}
	}
	verdict := "Compatible"
	if !o.report.Compatible() {
		verdict = "Not compatible"
	}
	kind := "OpenAPI"
	if o.document.Specification() == "asyncapi" {
		kind = "AsyncAPI"
	}
	return fmt.Sprintf("%s: %s, %s; %s compared with %s %s.", verdict, count(errorCount, "error"), count(warnings, "warning"),
		count(len(o.report.Interactions), "interaction"), kind, o.document.Version())
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// wrapped breaks a text into lines of at most 80 columns. Words that are longer
// stand alone.
func wrapped(text, indent string) string {
	const columns = 80
	var lines []string
	line := indent
	for _, word := range strings.Fields(visible(text)) {
		if len([]rune(line))+len([]rune(word))+1 > columns && strings.TrimSpace(line) != "" {
			lines = append(lines, line)
			line = indent
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
