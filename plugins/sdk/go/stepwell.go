// Package stepwell is for writing Stepwell tasks in Go.
//
// A plugin registers itself when it is initialised. A task is a function from its input's type to
// its output's, which are read and written as encoding/json does:
//
//	func init() {
//		stepwell.Register(stepwell.Plugin{
//			Name:    "greetings",
//			Version: "0.1.0",
//			Tasks: []stepwell.Task{
//				stepwell.NewTask("greet", stepwell.Pure, "Says hello.", greet),
//			},
//		})
//	}
//
//	func main() {}
//
//	type Person struct{ Name string `json:"name"` }
//	type Greeting struct{ Text string `json:"text"` }
//
//	func greet(person Person) (Greeting, error) {
//		if person.Name == "" {
//			return Greeting{}, stepwell.Fail("Nobody", "the name is empty")
//		}
//		return Greeting{Text: "Hello, " + person.Name + "!"}, nil
//	}
package stepwell

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Effect is what running a task twice with the same input would mean. The host acts on it after a
// crash.
type Effect uint8

const (
	// Pure: same input, same output, nothing else touched.
	Pure Effect = iota
	// Idempotent: safe to repeat under the same idempotency key.
	Idempotent
	// AtMostOnce: must not be repeated by itself.
	AtMostOnce
)

// Plugin is a plugin as it describes itself.
type Plugin struct {
	Name string
	// Version is semantic, such as 1.4.0.
	Version string
	// Summary is one line for people.
	Summary string
	Tasks   []Task
	Wants   Wants
}

// Wants is what a plugin would like to be granted. Nothing is granted by asking.
type Wants struct {
	// HTTP names hosts, as host, host:port or *.domain.
	HTTP    []string
	Secrets []string
	Config  []string
	// Directories are absolute paths at which they are expected.
	Directories []string
	KeyValue    []string
}

// Task is one task of a plugin; NewTask makes one.
type Task struct {
	Name string
	// Summary is one line for people.
	Summary string
	Effect  Effect
	// InputSchema and OutputSchema are JSON Schemas 2020-12; empty where anything goes.
	InputSchema  string
	OutputSchema string
	run          func(input []byte) ([]byte, error)
}

// NewTask makes a task of a function. Input that does not fit its type is the failure
// PLUGIN.InvalidInput.
func NewTask[I, O any](name string, effect Effect, summary string, run func(I) (O, error)) Task {
	return Task{Name: name, Summary: summary, Effect: effect, run: func(text []byte) ([]byte, error) {
		if depth(text) > deepest {
			return nil, Fail("InvalidInput", "the input is nested more than %d deep", deepest)
		}
		var input I
		if err := json.Unmarshal(text, &input); err != nil {
			return nil, Fail("InvalidInput", "the input does not fit task %q: %v", name, err)
		}
		output, err := run(input)
		if err != nil {
			return nil, err
		}
		return json.Marshal(output)
	}}
}

// deepest is how deep the input may be nested. What goes deeper exhausts the stack where it is read,
// which nobody can catch.
const deepest = 128

// depth is how deep arrays and objects are nested in JSON text.
func depth(text []byte) int {
	most, now, isText, isEscaped := 0, 0, false, false
	for _, letter := range text {
		switch {
		case isEscaped:
			isEscaped = false
		case isText:
			isEscaped = letter == '\\'
			isText = letter != '"'
		case letter == '"':
			isText = true
		case letter == '[' || letter == '{':
			now++
			most = max(most, now)
		case letter == ']' || letter == '}':
			now--
		}
	}
	return most
}

// WithSchemas gives the task JSON Schemas of its input and output.
func (task Task) WithSchemas(input, output string) Task {
	task.InputSchema, task.OutputSchema = input, output
	return task
}

// Failure is why a task failed, as the state machine sees it. An error of a Store that a task returns
// is PLUGIN.PermissionDenied, PLUGIN.LimitExceeded or PLUGIN.Unavailable, any other PLUGIN.Failed.
type Failure struct {
	// Name is what Retry and Catch match. One without a dot gets the plugin's in front.
	Name string
	// Cause is what happened, for people.
	Cause string
	// RetryAfter is how long the host waits at least before the next attempt.
	RetryAfter time.Duration
}

// Error gives the name and the cause.
func (failure *Failure) Error() string {
	return failure.Name + ": " + failure.Cause
}

// Fail makes a failure.
func Fail(name, cause string, arguments ...any) error {
	return &Failure{Name: name, Cause: fmt.Sprintf(cause, arguments...)}
}

var plugin Plugin

// Register says what the plugin is and has; it is to be called from init.
func Register(registered Plugin) {
	plugin = registered
}

// Run runs a task of the plugin as the host does: JSON in, JSON out, failures by the names that a
// state machine sees. It is there for a plugin's own tests.
func Run(name string, input []byte) ([]byte, *Failure) {
	for _, task := range plugin.Tasks {
		if task.Name != name {
			continue
		}
		output, err := task.run(input)
		if err != nil {
			return nil, qualified(err)
		}
		return output, nil
	}
	return nil, qualified(Fail("NoSuchTask", "there is no task %q", name))
}

func qualified(err error) *Failure {
	failure := &Failure{Name: "Failed", Cause: err.Error()}
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, ErrAccessDenied):
		failure.Name = "PermissionDenied"
	case errors.Is(err, ErrLimitExceeded):
		failure.Name = "LimitExceeded"
	case errors.Is(err, ErrUnavailable):
		failure.Name = "Unavailable"
	}
	if strings.Contains(failure.Name, ".") {
		return failure
	}
	named := *failure
	named.Name = pascalCase(plugin.Name) + "." + failure.Name
	return &named
}

// pascalCase gives card-payments as CardPayments.
func pascalCase(name string) string {
	words := strings.FieldsFunc(name, func(letter rune) bool { return strings.ContainsRune("-_.", letter) })
	for i, word := range words {
		letters := []rune(word)
		letters[0] = unicode.ToUpper(letters[0])
		words[i] = string(letters)
	}
	return strings.Join(words, "")
}
