// Renders messages from templates of text/template.
package main

import (
	"fmt"
	"strings"
	"text/template"

	"stepwell"
)

func init() {
	stepwell.Register(stepwell.Plugin{
		Name:    "messages",
		Version: "0.1.0",
		Summary: "Renders messages from templates.",
		Tasks: []stepwell.Task{
			stepwell.NewTask("render", stepwell.Pure, "Fills a template in.", render).WithSchemas(
				`{"type":"object","required":["template"],"properties":{"template":{"type":"string"},"data":{}}}`,
				`{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}`,
			),
		},
	})
}

func main() {}

// Message is a template, and what it is filled in with.
type Message struct {
	// Template is nil where there is none.
	Template *string `json:"template"`
	Data     any     `json:"data"`
}

// Rendered is a message that can be sent.
type Rendered struct {
	Text string `json:"text"`
}

var functions = template.FuncMap{"upper": strings.ToUpper, "lower": strings.ToLower, "join": join}

// join is for lists of texts and numbers.
func join(separator string, items []any) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return strings.Join(texts, separator)
}

func render(message Message) (Rendered, error) {
	if message.Template == nil {
		return Rendered{}, stepwell.Fail("InvalidInput", "there is no template")
	}
	parsed, err := template.New("message").Option("missingkey=error").Funcs(functions).Parse(*message.Template)
	if err != nil {
		return Rendered{}, stepwell.Fail("BadTemplate", "%v", err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, message.Data); err != nil {
		return Rendered{}, stepwell.Fail("MissingData", "%v", err)
	}
	return Rendered{Text: text.String()}, nil
}
