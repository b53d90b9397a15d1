package comparison

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds of the schemas of one document.
const (
	// maxCompiled is how many schemas are kept; beyond that they are forgotten and
	// compiled again when they are needed.
	maxCompiled = 80_000
	// maxTogether is how many parts one schema may have that are compiled at once.
	// The compiler's work grows with the square of it.
	maxTogether = 15_000
	// minSteps and stepsPerValue are how much work the validation of one part of a
	// pact may be, in schemas that look at values: enough for a hundred alternatives
	// at every value, too little for schemas that multiply their work without end.
	minSteps      = 100_000
	stepsPerValue = 1000
	maxSteps      = 1_000_000
	// maxAllSteps is how much work a whole comparison may be.
	maxAllSteps = 10_000_000
)

// mode is for what a schema is used.
type mode int

const (
	// asWritten takes a schema as it stands: for requests.
	asWritten mode = iota
	// asOffered takes it as the most that an answer may hold: nothing is required,
	// and what is not described is not there.
	asOffered
)

// variant says how a schema is taken where that depends on its surroundings.
type variant int

const (
	// open leaves it to a surrounding schema to say that nothing else may be there.
	open variant = 1 << iota
	// plain leaves out that a schema turns to those that extend it.
	plain
	// rest leaves out the alternatives.
	rest
)

// address names a schema of the document in the form in which it is used.
type address struct {
	mode    mode
	variant variant
	pointer string
	// leaf is the number of a schema that several properties share, or 0.
	leaf int
}

// schemas compiles the schemas of a document when they are needed.
type schemas struct {
	document  *Document
	compiler  *jsonschema.Compiler
	patterns  *patterns
	numbers   map[address]int
	addresses []address
	compiled  map[address]*jsonschema.Schema
	// leaves are the shared schemas, leafNumbers their places by what they say.
	leaves      []any
	leafNumbers map[string]int
	// count is how many schemas the compiler holds.
	count int
	// children are the named schemas that extend one, extending the same in pairs, and
	// dispatching those that were asked whether they turn to their children.
	children    map[string][]string
	extending   map[[2]string]bool
	dispatching map[string]bool
	traces      map[address]map[string]string
	// steps and allSteps are how much work is left; visits are the schemas that are
	// looking at a value right now.
	steps, allSteps int
	visits          map[visit]bool
}

func newSchemas(document *Document) *schemas {
	s := &schemas{document: document, patterns: &patterns{known: map[string]jsonschema.Regexp{}}}
	s.reset()
	return s
}

// reset begins with nothing compiled.
func (s *schemas) reset() {
	s.compiler = jsonschema.NewCompiler()
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	s.compiler.UseRegexpEngine(s.patterns.compile)
	s.compiler.UseLoader(s)
	s.compiler.RegisterVocabulary(s.vocabulary())
	s.compiler.AssertVocabs()
	registerFormats(s.compiler)
	s.compiler.RegisterFormat(&jsonschema.Format{Name: stepFormat, Validate: s.step})
	s.numbers, s.addresses = map[address]int{}, nil
	s.compiled = map[address]*jsonschema.Schema{}
	s.leaves, s.leafNumbers = nil, map[string]int{}
	s.count = 0
}

// begin begins a comparison.
func (s *schemas) begin() {
	s.allSteps = maxAllSteps
	s.patterns.lost = 0
	s.traces = map[address]map[string]string{}
	if s.count > maxCompiled {
		s.reset()
	}
}

// errSteps ends a validation whose work grows beyond all bounds.
var errSteps = errors.New("its schemas ask for more work than any honest document does")

func (s *schemas) step(any) error {
	if s.steps--; s.steps < 0 {
		panic(errSteps)
	}
	return nil
}

// base is the beginning of the addresses that the compiler sees. Schemas under
// this name are not held against the meta-schema again: they are written by this
// package, in which nothing unknown survives.
const base = "https://json-schema.org/accord/"

func (s *schemas) url(a address) string {
	number, known := s.numbers[a]
	if !known {
		number = len(s.addresses)
		s.numbers[a] = number
		s.addresses = append(s.addresses, a)
	}
	return base + strconv.Itoa(number)
}

// addressOf finds what the compiler means by a URL, and where in it.
func (s *schemas) addressOf(url string) (address, string, error) {
	text, fragment, _ := strings.Cut(strings.TrimPrefix(url, base), "#")
	number, err := strconv.Atoi(text)
	if err != nil || number >= len(s.addresses) {
		return address{}, "", fmt.Errorf("nothing is known under %s", url)
	}
	return s.addresses[number], percentDecoded(fragment), nil
}

// Load gives the compiler a schema in the form in which it is used. It never
// reads anything but the document.
func (s *schemas) Load(url string) (any, error) {
	address, _, err := s.addressOf(url)
	if err != nil {
		return nil, err
	}
	if address.leaf > 0 {
		s.count++
		return s.leaves[address.leaf-1], nil
	}
	w := &writer{schemas: s, owner: address}
	written := w.load(address)
	s.count += w.count
	if w.count > maxTogether {
		return nil, errors.New("it has too many parts")
	}
	return written, nil
}

// get compiles a schema. Those that it refers to wait until a value comes to
// them.
func (s *schemas) get(a address) (*jsonschema.Schema, error) {
	if compiled, ok := s.compiled[a]; ok {
		return compiled, nil
	}
	compiled, err := s.compiler.Compile(s.url(a))
	if err != nil {
		return nil, refuseDocument("the schema at %s cannot be used: %v.", s.describe(a), err)
	}
	s.compiled[a] = compiled
	return compiled, nil
}

// vocabulary lets schemas refer to each other by address. The compiler's own
// references would have it compile all that hang together, at once and in a time
// that grows with the square of their number.
func (s *schemas) vocabulary() *jsonschema.Vocabulary {
	return &jsonschema.Vocabulary{
		URL: base + "vocabulary",
		Compile: func(_ *jsonschema.CompilerContext, keywords map[string]any) (jsonschema.SchemaExt, error) {
			var own extensions
			for _, keyword := range []string{membersKeyword, patternKeyword, namesKeyword} {
				if extension, ok := keywords[keyword].(jsonschema.SchemaExt); ok {
					own = append(own, extension)
				}
			}
			if url, ok := keywords[referKeyword].(string); ok {
				address, _, err := s.addressOf(url)
				if err != nil {
					return nil, err
				}
				own = append(own, &reference{schemas: s, address: address})
			}
			if len(own) == 0 {
				return nil, nil
			}
			return own, nil
		},
	}
}

// extensions are what a schema says in keywords of this package.
type extensions []jsonschema.SchemaExt

// Validate holds a value against all of them.
func (e extensions) Validate(ctx *jsonschema.ValidatorContext, value any) {
	for _, extension := range e {
		extension.Validate(ctx, value)
	}
}

// reference is a schema that is another one.
type reference struct {
	schemas *schemas
	address address
}

// visit is a schema that looks at a value: at which depth, and at a name or not.
type visit struct {
	address address
	depth   int
	name    bool
}

// Validate holds a value against the schema that is meant.
func (r *reference) Validate(ctx *jsonschema.ValidatorContext, value any) {
	_, name := value.(string)
	here := visit{r.address, len(ctx.ValueLocation()), name}
	if r.schemas.visits[here] {
		panic(refuseDocument("the schema at %s refers to itself without ever saying anything.", dotted(r.address.pointer)))
	}
	r.schemas.visits[here] = true
	defer delete(r.schemas.visits, here)
	schema, err := r.schemas.get(r.address)
	if err != nil {
		panic(err)
	}
	if err := ctx.Validate(schema, value, nil); err != nil {
		ctx.AddErr(err)
	}
}

// validate holds a value against a schema. It answers nil when the value fits.
func (s *schemas) validate(a address, value any, size int) (failure *jsonschema.ValidationError, err error) {
	schema, err := s.get(a)
	if err != nil {
		return nil, err
	}
	budget := min(minSteps+size*stepsPerValue, maxSteps, s.allSteps)
	s.steps, s.visits, s.patterns.unchecked = budget, map[visit]bool{}, nil
	defer func() {
		s.allSteps -= budget - s.steps
		if thrown := recover(); thrown != nil {
			failure, err = nil, s.refusal(thrown, a)
		}
	}()
	if err := schema.Validate(value); err != nil && !errors.As(err, &failure) {
		return nil, err
	}
	return failure, nil
}

// refusal says why a validation ended early. The validator has no other way to
// be stopped than a panic.
func (s *schemas) refusal(thrown any, a address) error {
	err, _ := thrown.(error)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, errSteps):
		return refuseDocument("the schema at %s asks for more work than any honest one does. Look for schemas that refer to each other in many ways.", dotted(a.pointer))
	}
	return refuseDocument("the schema at %s cannot be used: %v.", dotted(a.pointer), thrown)
}

// sizeOf is how many values a value is made of.
func sizeOf(value any) int {
	size := 1
	switch value := value.(type) {
	case map[string]any:
		for _, inner := range value {
			size += sizeOf(inner)
		}
	case []any:
		for _, inner := range value {
			size += sizeOf(inner)
		}
	}
	return size
}
