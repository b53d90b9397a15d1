package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/webhooks"
)

// operationPhrases say what operations of the API and forms of the pages do, as "to" would begin
// them. A word in braces stands for a name: of the address, of the applications that the
// entry is about, or of what was made.
var operationPhrases = map[string]string{
	"createPacticipant": "make the application {applications}", "replacePacticipant": "change the application {pacticipant}", "updatePacticipant": "change the application {pacticipant}",
	"deletePacticipant": "delete the application {pacticipant}", "addLabel": "put the label {label} on {pacticipant}", "removeLabel": "take the label {label} off {pacticipant}",
	"putVersion": "make or change {pacticipant} {version}", "updateVersion": "make or change {pacticipant} {version}", "deleteVersion": "delete {pacticipant} {version}",
	"deleteBranches": "delete branches of {pacticipant}", "deleteBranch": "delete the branch {branch} of {pacticipant}",
	"addBranchVersion": "put {pacticipant} {version} on the branch {branch}", "removeBranchVersion": "take {pacticipant} {version} off the branch {branch}",
	"addTag": "tag {pacticipant} {version} with {tag}", "removeTag": "take the tag {tag} off {pacticipant} {version}",
	"createEnvironment": "make the environment {made}", "replaceEnvironment": "change the environment {environment}", "deleteEnvironment": "delete the environment {environment}",
	"recordDeployment": "record that {pacticipant} {version} runs in {environment}", "recordRelease": "record that {pacticipant} {version} was released to {environment}",
	"updateDeployedVersion": "record that a version of {applications} no longer runs", "updateReleasedVersion": "record that a release of {applications} is no longer supported",
	"publishContracts": "publish contracts of {applications}", "publishProviderContract": "publish what {provider} promises", "publishProviderContracts": "publish what {provider} promises",
	"putProviderContract": "publish what {provider} {version} promises",
	"publishPact":         "publish the contract of {consumer} {version} with {provider}", "mergePact": "add to the contract of {consumer} {version} with {provider}", "deletePact": "delete the contract of {consumer} {version} with {provider}",
	"deletePactVersions": "delete all contracts of {consumer} with {provider}", "deletePactsWithTag": "delete the contracts of {consumer} with {provider} that are tagged {tag}",
	"deletePactsOnBranch": "delete the contracts of {consumer} with {provider} on the branch {branch}", "deletePactsOnMainBranch": "delete the contracts of {consumer} with {provider} on the main branch",
	"deleteLatestPactsOnMainBranch": "delete the newest contract of {consumer} with {provider} on the main branch", "deleteLatestPactsOnBranch": "delete the newest contract of {consumer} with {provider} on the branch {branch}",
	"publishVerificationResult": "publish a result of {provider} for the contract of {consumer}", "deleteVerificationResult": "delete a result of {provider} for the contract of {consumer}",
	"deleteLatestResultOfContent": "delete the newest result of {provider} for the contract of {consumer}", "deleteLatestResultOfVersion": "delete the newest result of {provider} for the contract of {consumer} {version}",
	"createWebhook": "make the webhook {made}", "createProviderWebhook": "make the webhook {made}", "createConsumerWebhook": "make the webhook {made}", "createPairWebhook": "make the webhook {made}", "createPactWebhook": "make the webhook {made}",
	"CreateWebhook": "make the webhook {made}", "putWebhook": "set the webhook {webhook}", "PutWebhook": "set the webhook {webhook}", "deleteWebhook": "delete the webhook {webhook}", "DeleteWebhook": "delete the webhook {webhook}",
	"testWebhook": "test the webhook {webhook}", "testUnsavedWebhook": "test a webhook that is not kept", "pauseWebhook": "pause the webhook {webhook}", "resumeWebhook": "resume the webhook {webhook}",
	"addSigningKey": "give the webhook {webhook} a signing key", "removeSigningKey": "remove a signing key of the webhook {webhook}", "replayDeliveries": "send deliveries again", "redeliver": "send a delivery again",
	"putSecret": "set the secret {secret}", "deleteSecret": "delete the secret {secret}",
	"deleteIntegrations": "delete everything but the environments", "deleteIntegration": "delete the integration of {consumer} with {provider}",
	"markExternal": "mark {pacticipant} as external", "unmarkExternal": "no longer mark {pacticipant} as external", "renameApplication": "rename the application {pacticipant}",
	"mergeApplication": "merge the application {pacticipant} into another", "deleteFormerName": "delete the former name {former} of {pacticipant}",
	"closeBranch": "close the branch {branch} of {pacticipant}", "reopenBranch": "reopen the branch {branch} of {pacticipant}", "hearGitHub": "tell of branches from GitHub", "hearGitLab": "tell of branches from GitLab",
	"createToken": "make a token", "revokeToken": "end the token {token}", "rotateToken": "replace the token {token}", "exchangeToken": "exchange the token of a job",
	"createTrustRule": "make a trust rule", "putTrustRule": "change the trust rule {rule}", "deleteTrustRule": "delete the trust rule {rule}",
	"putTeam": "set the team {team}", "deleteTeam": "delete the team {team}", "putRole": "set the role {role}", "deleteRole": "delete the role {role}",
	"createUser": "make a person", "updateUser": "change the person {person}", "disableUser": "keep out the person {person}", "enableUser": "let in the person {person}", "setUserPassword": "give the person {person} a new password",

	"POST /pacticipants/:pacticipant/edit": "change the application {pacticipant}", "POST /pacticipants/:pacticipant/rename": "rename the application {pacticipant}",
	"POST /pacticipants/:pacticipant/rename/forget": "delete a former name of {pacticipant}", "POST /account/password": "change their own password", "POST /sign-out": "sign out", "POST /sign-in": "sign in", "GET /sign-in/callback": "sign in by a provider",
	"POST /pacticipants/:pacticipant/merge": "merge the application {pacticipant} into another", "POST /pacticipants/:pacticipant/delete": "delete the application {pacticipant}",
	"POST /pacticipants/:pacticipant/branches/:branch/close": "close the branch {branch} of {pacticipant}", "POST /pacticipants/:pacticipant/branches/:branch/reopen": "reopen the branch {branch} of {pacticipant}",
	"POST /pacticipants/:pacticipant/versions/:number/delete": "delete {pacticipant} {version}",
	"POST /webhooks/new": "make the webhook {made}", "POST /webhooks/:uuid/edit": "change the webhook {webhook}", "POST /webhooks/:uuid/delete": "delete the webhook {webhook}", "POST /webhooks/:uuid/replay": "send deliveries of the webhook {webhook} again",
	"POST /webhooks/:uuid/signing-keys": "give the webhook {webhook} a signing key", "POST /webhooks/:uuid/signing-keys/:key/remove": "remove a signing key of the webhook {webhook}", "POST /webhooks/:uuid/pause": "pause the webhook {webhook}",
	"POST /webhooks/:uuid/resume": "resume the webhook {webhook}", "POST /webhooks/:uuid/switch-on": "switch on the webhook {webhook}", "POST /webhooks/:uuid/test": "test the webhook {webhook}", "POST /webhooks/:uuid/deliveries/:delivery/again": "send a delivery of the webhook {webhook} again",
	"POST /secrets": "set a secret", "POST /secrets/:secret": "set the secret {secret}", "POST /secrets/:secret/delete": "delete the secret {secret}",
	"POST /tokens": "make a token", "POST /tokens/:token/rotate": "replace the token {token}", "POST /tokens/:token/revoke": "end the token {token}",
	"POST /people": "make a person", "POST /people/:person": "change the person {person}", "POST /people/:person/disable": "keep out the person {person}", "POST /people/:person/enable": "let in the person {person}", "POST /people/:person/password": "give the person {person} a new password",
	"POST /teams": "make a team", "POST /teams/:team": "change the team {team}", "POST /teams/:team/delete": "delete the team {team}",
	"POST /roles": "make a role", "POST /roles/:role": "change the role {role}", "POST /roles/:role/delete": "delete the role {role}",
	"POST /trust-rules": "make a trust rule", "POST /trust-rules/:rule": "change the trust rule {rule}", "POST /trust-rules/:rule/delete": "delete the trust rule {rule}",
	"import": "import from another broker", "enableImportedWebhooks": "enable imported webhooks", "rotateKeys": "encrypt secrets with the current key",
	"clean": "clean up", "deleteAuditEntries": "delete old entries of the audit",
}

// variants end the names of operations that do the same at another address.
var variants = []string{"AtVersions", "AtOldRoot", "WithMetadata"}

// phraseOf is what an operation does, "" where nothing is known of it.
func phraseOf(action string) string {
	action = strings.TrimPrefix(action, "v1")
	for _, v := range variants {
		action = strings.TrimSuffix(action, v)
	}
	return operationPhrases[action]
}

// pastOf are the verbs of phrases that do not end in "ed" when they are done.
var pastOf = map[string]string{
	"make": "made", "put": "put", "take": "took", "tell": "told", "set": "set", "send": "sent", "give": "gave", "keep": "kept", "let": "let", "no": "no", "tag": "tagged",
}

// past says a phrase as done: "delete the label" is "deleted the label".
func past(phrase string) string {
	verb, rest, found := strings.Cut(phrase, " ")
	done, irregular := pastOf[verb]
	switch {
	case irregular:
	case strings.HasSuffix(verb, "e"):
		done = verb + "d"
	default:
		done = verb + "ed"
	}
	if found {
		done += " " + rest
	}
	return strings.Replace(done, "no longer mark ", "no longer marked ", 1)
}

// namedBy are the parts of an address before a name, with what the name is of.
var namedBy = map[string]string{
	"pacticipants": "pacticipant", "applications": "pacticipant", "versions": "version", "version": "version", "branches": "branch", "branch": "branch", "tags": "tag", "tag": "tag", "labels": "label",
	"environment": "environment", "environments": "environment", "provider": "provider", "consumer": "consumer", "webhooks": "webhook", "secrets": "secret", "tokens": "token", "teams": "team", "roles": "role",
	"trust-rules": "rule", "users": "person", "people": "person", "former-names": "former",
}

// namesIn are the names in an address, by what they are of.
func namesIn(address string) map[string]string {
	names := map[string]string{}
	parts := strings.Split(strings.Trim(address, "/"), "/")
	for i := 0; i+1 < len(parts); i++ {
		kind, known := namedBy[parts[i]]
		name, err := url.PathUnescape(parts[i+1])
		if !known || err != nil {
			continue
		}
		names[kind] = name
		i++
	}
	return names
}

// made are the changes that say how what was made is called.
var made = []string{"environment", "description", "webhook"}

// auditWords says entries of the audit in sentences.
type auditWords struct{ environments []deployments.Environment }

// names are those by which a sentence can call what an entry is about.
func (w auditWords) names(e audit.Entry) map[string]string {
	names := namesIn(e.Target)
	names["applications"] = strings.Join(e.Applications, " and ")
	for _, e := range w.environments {
		if e.UUID == names["environment"] {
			names["environment"] = e.Name
		}
	}
	for _, what := range made {
		for _, change := range e.Changes {
			if text, is := change.After.(string); is && change.What == what && names["made"] == "" {
				names["made"] = text
			}
		}
	}
	return names
}

var inBraces = regexp.MustCompile(`\{\w+\}`)

// filled puts names into a phrase, and reports those that it used.
func filled(phrase string, names map[string]string) (said sentence, used []string) {
	at := 0
	for _, found := range inBraces.FindAllStringIndex(phrase, -1) {
		said.add(phrase[at:found[0]])
		kind := phrase[found[0]+1 : found[1]-1]
		at = found[1]
		name := names[kind]
		if name == "" {
			last := &said[len(said)-1]
			last.Text = strings.TrimSuffix(strings.TrimSuffix(last.Text, " "), " of")
			continue
		}
		used = append(used, name)
		switch kind {
		case "version":
			name = short(name)
		case "token", "rule", "person", "environment":
			name = identifierWithin.ReplaceAllString(name, "$1…")
		}
		said.name(name)
	}
	said.add(phrase[at:])
	return said, used
}

// said says what somebody did or was refused, and which names stand in it.
func (w auditWords) said(e audit.Entry) (sentence, []string) {
	phrase := phraseOf(e.Action)
	if phrase == "" {
		said := sentence{{Text: inWords(e.Action)}}
		if text := outcomeWords[e.Outcome]; text != "" {
			said.add(", " + text)
		}
		return said, nil
	}
	if e.Outcome == audit.Done {
		said, used := filled(upper(past(phrase)), w.names(e))
		said.add(resultText(e))
		return said, used
	}
	said, used := filled("Could not "+phrase, w.names(e))
	if e.Outcome == audit.Unauthorized && strings.HasPrefix(phrase, "sign in") {
		return said, used
	}
	said.add(": " + orWord(outcomeWords[e.Outcome], string(e.Outcome)))
	return said, used
}

// resultText says how a result that was published came off.
func resultText(e audit.Entry) string {
	switch {
	case slices.Contains(e.Events, string(events.VerificationFailed)):
		return ": it fails"
	case slices.Contains(e.Events, string(events.VerificationSucceeded)):
		return ": verified"
	}
	return ""
}

// notes say the changes of an entry that its sentence does not say.
func notes(e audit.Entry, used []string) (all []string) {
	for _, change := range e.Changes {
		if text, is := change.After.(string); is && change.Before == nil && slices.Contains(used, text) {
			continue
		}
		change.Before, change.After = spoken(change.What, change.Before), spoken(change.What, change.After)
		all = append(all, changeInWords(change))
	}
	return all
}

// spoken says a value of a webhook as its form does.
func spoken(what string, value any) any {
	switch value := value.(type) {
	case []any:
		if what == "events" {
			texts := make([]any, len(value))
			for i, event := range value {
				name, _ := event.(string)
				texts[i] = eventText(name)
			}
			return texts
		}
	case string:
		if text := formats[webhooks.Format(value)]; what == "format" && text != "" {
			return text
		}
	}
	return value
}
