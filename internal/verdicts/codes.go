package verdicts

import "slices"

// Code says in one word why the answer about two versions is what it is. Codes
// are part of the API: programs rely on them, and docs/verdicts.md says of each
// what to do.
type Code string

// The codes.
const (
	CodeVerified           Code = "verified"
	CodeNoContract         Code = "no_contract"
	CodeFailed             Code = "failed"
	CodeRegression         Code = "regression"
	CodeNeverVerified      Code = "never_verified"
	CodeVerifiedElsewhere  Code = "verified_elsewhere"
	CodePending            Code = "verification_pending"
	CodeLost               Code = "verification_lost"
	CodeNeverPublishes     Code = "provider_never_publishes"
	CodeUnknownVersion     Code = "unknown_version"
	CodeWithoutContent     Code = "version_without_content"
	CodeNothingDeployed    Code = "nothing_deployed"
	CodeStaleRecord        Code = "stale_deployment_record"
	CodeRemovedButDeployed Code = "contract_removed_but_deployed"
	CodeIgnored            Code = "ignored"
	CodeExternal           Code = "external"
	CodeLeftOut            Code = "left_out"
)

var codes = []Code{
	CodeVerified, CodeNoContract, CodeFailed, CodeRegression, CodeNeverVerified, CodeVerifiedElsewhere, CodePending, CodeLost,
	CodeNeverPublishes, CodeUnknownVersion, CodeWithoutContent, CodeNothingDeployed, CodeStaleRecord, CodeRemovedButDeployed,
	CodeIgnored, CodeExternal, CodeLeftOut,
}

// Codes returns all codes, in the order of docs/verdicts.md.
func Codes() []Code { return slices.Clone(codes) }
