package verdicts

import "fmt"

// CodeVerified says that the provider version has fulfilled the contract.
const CodeVerified Code = "verified"

type verified struct{}

func (verified) code() Code { return CodeVerified }

func (verified) when(f Finding, _ *evidence) bool { return f.Result != nil && f.Result.Success }

func (verified) complete(f *Finding, _ *evidence) { f.Since = f.Result.ExecutedAt }

func (verified) title(f Finding) string {
	return fmt.Sprintf("%s has verified the contract", f.Provider)
}

func (verified) text(Finding) string { return "" }

func (verified) actions(Finding) []Action { return nil }
