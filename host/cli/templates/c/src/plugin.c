// Greets people.

#include "stepwell.h"

static char *greet(const char *input) {
  char *name = stepwell_json_string(input, "name");
  if (!name) return stepwell_fail("InvalidInput", "the input has no text \"name\"");
  if (!*name) return stepwell_fail("Nobody", "the name is empty");
  char *greeting = stepwell_config("greeting");
  char *text = stepwell_format("%s, %s!", greeting ? greeting : "Hello", name);
  return stepwell_format("{\"text\":%s}", stepwell_json_quote(text));
}

static const stepwell_task tasks[] = {
    {
        .name = "greet",
        .summary = "Says hello to somebody.",
        .effect = STEPWELL_IDEMPOTENT,
        .input_schema = "{\"type\":\"object\",\"required\":[\"name\"],"
                        "\"properties\":{\"name\":{\"type\":\"string\"}}}",
        .output_schema = "{\"type\":\"object\",\"required\":[\"text\"],"
                         "\"properties\":{\"text\":{\"type\":\"string\"}}}",
        .run = greet,
    },
};

static const char *const config[] = {"greeting", NULL};

const stepwell_plugin_info stepwell_plugin = {
    .name = "{{name}}",
    .version = "0.1.0",
    .summary = "Greets people.",
    .tasks = tasks,
    .task_count = sizeof tasks / sizeof *tasks,
    .wants.config = config,
};
