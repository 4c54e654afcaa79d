// Greets people.
package main

import "stepwell"

func init() {
	stepwell.Register(stepwell.Plugin{
		Name:    "{{name}}",
		Version: "0.1.0",
		Summary: "Greets people.",
		Wants:   stepwell.Wants{Config: []string{"greeting"}},
		Tasks: []stepwell.Task{
			stepwell.NewTask("greet", stepwell.Idempotent, "Says hello to somebody.", greet).WithSchemas(
				`{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`,
				`{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}`,
			),
		},
	})
}

func main() {}

// Person is whom to greet.
type Person struct {
	Name string `json:"name"`
}

// Greeting is what to say.
type Greeting struct {
	Text string `json:"text"`
}

func greet(person Person) (Greeting, error) {
	if person.Name == "" {
		return Greeting{}, stepwell.Fail("Nobody", "the name is empty")
	}
	greeting, granted := stepwell.Config("greeting")
	if !granted {
		greeting = "Hello"
	}
	return Greeting{Text: greeting + ", " + person.Name + "!"}, nil
}
