package comparison

// The codes of findings. They are stable: people and programs may rely on them.
const (
	codePathUnknown              = "request.path-or-method.unknown"
	codeAuthorizationMissing     = "request.authorization.missing"
	codeAcceptIncompatible       = "request.accept.incompatible"
	codeAcceptUnknown            = "request.accept.unknown"
	codeRequestTypeIncompatible  = "request.content-type.incompatible"
	codeRequestTypeMissing       = "request.content-type.missing"
	codeRequestTypeUnknown       = "request.content-type.unknown"
	codeRequestHeader            = "request.header.incompatible"
	codeRequestHeaderUnknown     = "request.header.unknown"
	codeQuery                    = "request.query.incompatible"
	codeQueryUnknown             = "request.query.unknown"
	codeRequestBody              = "request.body.incompatible"
	codeRequestBodyUnknown       = "request.body.unknown"
	codeRequestBodyUnjudged      = "request.body.unvalidatable"
	codePathUnjudged             = "request.path.unvalidatable"
	codeRequestHeaderUnjudged    = "request.header.unvalidatable"
	codeQueryUnjudged            = "request.query.unvalidatable"
	codeResponseHeaderUnjudged   = "response.header.unvalidatable"
	codeMessageHeadersUnjudged   = "message.headers.unvalidatable"
	codeStatusUnknown            = "response.status.unknown"
	codeStatusDefault            = "response.status.default"
	codeResponseTypeIncompatible = "response.content-type.incompatible"
	codeResponseTypeUnknown      = "response.content-type.unknown"
	codeResponseHeader           = "response.header.incompatible"
	codeResponseHeaderUnknown    = "response.header.unknown"
	codeResponseHeaderUndefined  = "response.header.undefined"
	codeResponseBody             = "response.body.incompatible"
	codeResponseBodyUnknown      = "response.body.unknown"
	codeResponseBodyUnjudged     = "response.body.unvalidatable"
	codeMessageMatched           = "message.matched"
	codeMessageNoMatch           = "message.no.match"
	codeMessageReference         = "message.references.missing"
	codeMessageOperation         = "message.operation.unknown"
	codeMessageReply             = "message.reply.missing"
	codeMessagePayload           = "message.payload.incompatible"
	codeMessageHeaders           = "message.headers.incompatible"
	codeMessagePayloadUnknown    = "message.payload.unknown"
	codeMessagePayloadUnjudged   = "message.payload.unvalidatable"
	codeMessageResponse          = "message.response.missing"
)

// uncheckedRemedy says what to do where a pattern was not checked, whatever the code.
const uncheckedRemedy = "Provider: write the pattern as a regular expression of ECMAScript that does not try the same text in many ways. Verify the pact to be sure."

// remedies say for each code what to change, and on which side.
var remedies = map[string]string{
	codePathUnknown:              "Consumer: call an operation that the provider has. Provider: describe this one, if it exists.",
	codeAuthorizationMissing:     "Consumer: send the credential in the pact's request. Provider: make it optional in the document, if it is.",
	codeAcceptIncompatible:       "Consumer: accept a type that is offered. Provider: describe the type that is asked for.",
	codeAcceptUnknown:            "Provider: describe the content of the answers, if there is any.",
	codeRequestTypeIncompatible:  "Consumer: send a type that is accepted. Provider: describe this type as well.",
	codeRequestTypeMissing:       "Consumer: name the Content-Type in the pact's request.",
	codeRequestTypeUnknown:       "Consumer: leave the Content-Type out. Provider: describe the request's body, if it takes one.",
	codeRequestHeader:            "Consumer: send what the document asks for. Provider: relax the schema, if other values are fine.",
	codeRequestHeaderUnknown:     "Provider: describe the header, if it means something.",
	codeQuery:                    "Consumer: send what the document asks for. Provider: relax the schema, if other values are fine.",
	codeQueryUnknown:             "Provider: describe the parameter, if it means something.",
	codeRequestBody:              "Consumer: send what the document asks for. Provider: relax the schema, if other values are fine.",
	codeRequestBodyUnknown:       "Provider: describe the schema of the request's body.",
	codeRequestBodyUnjudged:      "Nothing needs to be done; only JSON and forms can be judged. Verify the pact to be sure.",
	codeStatusUnknown:            "Consumer: expect a status that is described. Provider: describe this one, if it happens.",
	codeStatusDefault:            "Provider: describe this status by itself, so that nothing is left to chance.",
	codeResponseTypeIncompatible: "Consumer: expect a type that is offered. Provider: describe this type as well.",
	codeResponseTypeUnknown:      "Provider: describe the content of this answer.",
	codeResponseHeader:           "Consumer: expect what the document promises. Provider: correct the schema, if this value is sent.",
	codeResponseHeaderUnknown:    "Consumer: do not rely on the header. Provider: describe it, if it is sent.",
	codeResponseHeaderUndefined:  "Provider: describe the header, if consumers may rely on it.",
	codeResponseBody:             "Consumer: expect what the document promises. Provider: correct the schema, if this is what is sent.",
	codeResponseBodyUnknown:      "Provider: describe the schema of this answer's body. Consumer: expect none, if there is none.",
	codeResponseBodyUnjudged:     "Nothing needs to be done; only JSON and forms can be judged. Verify the pact to be sure.",
	codeMessageNoMatch:           "Consumer: read only what a message of the operation holds. Provider: describe the message that is sent.",
	codeMessageReference:         "Consumer: name the operation in the pact, under comments.references.AsyncAPI.operationId.",
	codeMessageOperation:         "Consumer: name an operation that the document has. Provider: describe this one, if it exists.",
	codeMessageReply:             "Provider: describe the reply of the operation. Consumer: expect none, if there is none.",
	codeMessagePayload:           "Consumer: expect what the document promises. Provider: correct the schema, if this is what is sent.",
	codeMessageHeaders:           "Consumer: expect what the document promises. Provider: correct the schema, if this is what is sent.",
	codeMessagePayloadUnknown:    "Provider: describe the schema of the message's payload.",
	codeMessagePayloadUnjudged:   "Nothing needs to be done; only JSON can be judged. Verify the pact to be sure.",
	codeMessageResponse:          "Consumer: write down which answers are expected.",
}

// NoOperation reports whether the finding says that the document has nothing
// that the interaction calls.
func (f Finding) NoOperation() bool {
	return f.Code == codePathUnknown || f.Code == codeMessageOperation || f.Code == codeMessageReference
}
