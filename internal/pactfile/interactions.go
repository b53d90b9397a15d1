package pactfile

// Interaction is how an interaction or a message of a contract is named.
type Interaction struct {
	Description string
	// State names the provider states that it needs, with commas between them.
	State string
}

// InteractionsByID returns how the interactions and messages of a contract are
// named, by the _id that verifiers know them by.
func InteractionsByID(body Body) map[string]Interaction {
	named := map[string]Interaction{}
	for _, list := range []string{"interactions", "messages"} {
		for interaction := range Items(Member(body, list)) {
			id, sent := TextOf(Member(interaction, "_id"))
			if !sent {
				id = InteractionID(interaction)
			}
			description, _ := TextOf(Member(interaction, "description"))
			named[id] = Interaction{Description: description, State: stateNames(interaction)}
		}
	}
	return named
}
