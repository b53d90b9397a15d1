package comparison

// HTTPInteraction is what an interaction over HTTP sends, and what it reads of the answer.
type HTTPInteraction struct {
	Status int
	// Query are the names of parameters, each as often as it is sent; those of headers are
	// in lower case.
	Query, RequestHeaders, ResponseHeaders []string
	// Request and Response are the bodies: the value of JSON, the text of anything else,
	// nil for none.
	Request, Response any
}

// HTTPInteractions returns those of the interactions that are over HTTP, by their places in
// the pact.
func (p *Pact) HTTPInteractions() map[int]HTTPInteraction {
	found := map[int]HTTPInteraction{}
	for _, in := range p.interactions {
		if in.http == nil {
			continue
		}
		e := HTTPInteraction{
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
