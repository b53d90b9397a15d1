package config

func (t *target) peopleSettings() []Setting {
	s, o := &t.Access, &t.Access.OpenID
	return []Setting{
		{Key: "session_idle_timeout", Default: "2h", set: duration(&s.SessionIdle),
			Help: "After how long without a request somebody who is signed in has to sign in again."},
		{Key: "session_lifetime", Default: "12h", set: duration(&s.SessionLifetime),
			Help: "After how long they have to in any case."},
		{Key: "oidc_issuer", Common: true, set: issuer(&o.Issuer),
			Help: "The address of an OpenID Connect provider at which people sign in, such as `https://login.example.org/realms/shop`: see docs/access.md. Let it lead back to `/sign-in/callback`. Needs `PACT_BROKER_ACCESS=on`."},
		{Key: "oidc_name", set: text(&o.Name),
			Help: "What people know the provider as; unset, the host of its address."},
		{Key: "oidc_client_id", set: text(&o.ClientID), Help: "What the provider knows the broker as."},
		{Key: "oidc_client_secret", Secret: true, flagless: true, set: text(&o.ClientSecret),
			Help: "The secret that the provider has given to the broker; none for a public client."},
		{Key: "oidc_scopes", Default: "openid profile email", set: list(&o.Scopes),
			Help: "What to ask the provider for, separated by spaces. Some tell the groups only if asked for a scope `groups`."},
		{Key: "oidc_groups_claim", Default: "groups", set: text(&o.GroupsClaim),
			Help: "The claim that lists somebody's groups. A dot leads into an object, as in `realm_access.roles`."},
		{Key: "oidc_name_claim", Default: "preferred_username", set: text(&o.NameClaim),
			Help: "The claim by which somebody is shown; without it the verified e-mail address, then the subject."},
		{Key: "oidc_default_role", Default: "viewer", set: defaultRole(&o.DefaultRole),
			Help: "The role of everybody who signs in at the provider, for all applications; `none` for those whose groups and teams give them one alone."},
		{Key: "oidc_group_roles", between: "; ", set: groupRoles(&o.Groups),
			Help: "What groups may do: `group=role`, or `group=role@team` for the applications of a team, separated by semicolons or lines, such as `platform=admin; shop-devs=developer@Shop`."},
	}
}
