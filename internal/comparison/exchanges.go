package comparison

// Exchange is what an interaction over HTTP sends, and what it reads of the answer.
type Exchange struct {
	Status int
	// Query are the names of parameters, each as often as it is sent; those of headers are
	// in lower case.
	Query, RequestHeaders, ResponseHeaders []string
	// Request and Response are the bodies: the value of JSON, the text of anything else,
	// nil for none.
	Request, Response any
}

// Exchanges returns those of the interactions that are over HTTP, by their places in
// the pact.
func (p *Pact) Exchanges() map[int]Exchange {
	found := map[int]Exchange{}
	for _, in := range p.interactions {
		if in.http == nil {
			continue
		}
		e := Exchange{
			Status: in.http.status, RequestHeaders: sortedKeys(in.http.headers), ResponseHeaders: sortedKeys(in.http.response.headers),
			Request: in.http.body.value, Response: in.http.response.body.value,
		}
		for _, parameter := range in.http.query {
			e.Query = append(e.Query, parameter.name)
		}
		found[in.index] = e
	}
	return found
}
