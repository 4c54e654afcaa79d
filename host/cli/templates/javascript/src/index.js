import { config, definePlugin, Failure } from "stepwell";

export const plugin = definePlugin({
  name: "{{name}}",
  version: "0.1.0",
  summary: "Greets people",
  wants: { config: ["greeting"] },
  tasks: {
    greet: {
      summary: "Greets a person by name",
      effect: "idempotent",
      input: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" } },
      },
      output: {
        type: "object",
        required: ["text"],
        properties: { text: { type: "string" } },
      },
      run({ name }) {
        if (name.trim() === "") throw new Failure("{{Name}}.Nobody", "the name is empty");
        console.log("greeting", name);
        const greeting = config.get("greeting") ?? "Hello";
        return { text: `${greeting}, ${name}!` };
      },
    },
  },
});
