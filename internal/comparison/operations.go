package comparison

import (
	"cmp"
	"slices"
	"strings"
)

// Operation is something that an OpenAPI document offers.
type Operation struct {
	// Method is in capitals, Path with the names of parameters, as interactions are
	// judged by them. In AsyncAPI they are what is done, such as SEND, and the channel.
	Method, Path string
	// ID is by what the interactions of messages name an operation of AsyncAPI, "" for
	// one of OpenAPI.
	ID string
	// Summary is what the document says of it in a line, "" if nothing.
	Summary string
}

// Operations returns what the document offers, by path and method.
func (d *Document) Operations() []Operation {
	d.using.Lock()
	defer d.using.Unlock()
	var operations []Operation
	for method, routes := range d.routes {
		for _, route := range slices.Concat(routes.all()...) {
			summary, _ := route.operation.object()["summary"].(string)
			operations = append(operations, Operation{Method: strings.ToUpper(method), Path: route.template, Summary: summary})
		}
	}
	for _, m := range d.messageOperations() {
		operations = append(operations, m.Operation)
	}
	slices.SortStableFunc(operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return operations
}

// messageOperation is an operation of AsyncAPI, and where the document describes it.
type messageOperation struct {
	Operation
	place place
}

func (d *Document) messageOperations() []messageOperation {
	if d.root["asyncapi"] == nil {
		return nil
	}
	var found []messageOperation
	operations := place{d.root["operations"], "/operations"}
	for _, id := range sortedKeys(operations.object()) {
		operation := d.in(operations, id)
		address := ""
		if channel := d.in(operation, "channel"); channel.object() != nil {
			address = cmp.Or(channel.text("address"), lastToken(channel.pointer))
		}
		found = append(found, messageOperation{Operation{Method: strings.ToUpper(operation.text("action")), Path: address, ID: id, Summary: summaryOf(operation)}, operation})
	}
	channels := place{d.root["channels"], "/channels"}
	for _, address := range sortedKeys(channels.object()) {
		for _, action := range []string{"publish", "subscribe"} {
			operation := d.in(d.in(channels, address), action)
			if operation.object() == nil {
				continue
			}
			found = append(found, messageOperation{Operation{Method: strings.ToUpper(action), Path: address, ID: operation.text("operationId"), Summary: summaryOf(operation)}, operation})
		}
	}
	return found
}

func summaryOf(operation place) string {
	return cmp.Or(operation.text("summary"), operation.text("title"))
}
