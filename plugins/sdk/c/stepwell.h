// Write Stepwell tasks in C.
//
// A plugin defines `stepwell_plugin`, which says what it is and has. A task is a function from the
// input's JSON text to the output's:
//
//     static char *greet(const char *input) {
//       char *name = stepwell_json_string(input, "name");
//       if (!name) return stepwell_fail("InvalidInput", "the input has no text \"name\"");
//       return stepwell_format("{\"hello\":%s}", stepwell_json_quote(name));
//     }
//
//     static const stepwell_task tasks[] = {{
//         .name = "greet", .summary = "Says hello.", .effect = STEPWELL_PURE, .run = greet,
//     }};
//
//     const stepwell_plugin_info stepwell_plugin = {
//         .name = "greetings", .version = "0.1.0", .tasks = tasks, .task_count = 1,
//     };
//
// Texts that functions return are allocated with malloc. Each call has an instance of its own, so
// nothing need be freed. Where memory runs out the host ends the call.
//
// `task_plugin.h`, which this includes, has the whole contract: about the call at hand, heartbeats
// and key-value stores.
#ifndef STEPWELL_H
#define STEPWELL_H

#include "task_plugin.h"

// What running a task twice with the same input would mean; after a crash the host acts on it.
typedef enum stepwell_effect {
  // Same input, same output, nothing else touched.
  STEPWELL_PURE = STEPWELL_TASK_TYPES_EFFECT_PURE,
  // Safe to repeat under the same idempotency key.
  STEPWELL_IDEMPOTENT = STEPWELL_TASK_TYPES_EFFECT_IDEMPOTENT,
  // Must not be repeated by itself.
  STEPWELL_AT_MOST_ONCE = STEPWELL_TASK_TYPES_EFFECT_AT_MOST_ONCE,
} stepwell_effect;

// One task of a plugin.
typedef struct stepwell_task {
  const char *name;
  // One line for people; may be left out.
  const char *summary;
  stepwell_effect effect;
  // JSON Schemas 2020-12; may be left out.
  const char *input_schema;
  const char *output_schema;
  // Gives the output, or what `stepwell_fail` returns.
  char *(*run)(const char *input);
} stepwell_task;

// Names, such as those that a plugin would like to be granted; the last is followed by NULL.
typedef const char *const *stepwell_names;

// A plugin, as it describes itself.
typedef struct stepwell_plugin_info {
  const char *name;
  // Semantic, such as 1.4.0.
  const char *version;
  // One line for people; may be left out.
  const char *summary;
  const stepwell_task *tasks;
  size_t task_count;
  // What it would like to be granted; each may be left out.
  struct {
    stepwell_names http;
    stepwell_names secrets;
    stepwell_names config;
    stepwell_names directories;
    stepwell_names key_value;
  } wants;
} stepwell_plugin_info;

// Defined by the plugin.
extern const stepwell_plugin_info stepwell_plugin;

// Fails the task: `return stepwell_fail("CardDeclined", "card %s is blocked", card);`. A name
// without a dot gets the plugin's in front: `Payments.CardDeclined`.
__attribute__((format(printf, 2, 3))) char *stepwell_fail(const char *error, const char *cause, ...);

// From here on a failure has the host wait at least so long before the next attempt.
void stepwell_retry_after(uint64_t milliseconds);

// Formats a text.
__attribute__((format(printf, 1, 2))) char *stepwell_format(const char *format, ...);

// The text at this member of a JSON object; NULL where there is none.
char *stepwell_json_string(const char *json, const char *member);

// The number at this member of a JSON object; whether there is one.
bool stepwell_json_number(const char *json, const char *member, double *number);

// The text as a JSON string, in quotes.
char *stepwell_json_quote(const char *text);

// The configuration value of that name; NULL where none was granted.
char *stepwell_config(const char *name);

// The secret of that name, or a placeholder for it; NULL where none was granted.
char *stepwell_secret(const char *name);

// Adds a line to the log of the call. The level is `STEPWELL_TASK_LOG_LEVEL_INFO` or another.
__attribute__((format(printf, 2, 3))) void stepwell_log(stepwell_task_log_level_t level,
                                                        const char *format, ...);

#endif
