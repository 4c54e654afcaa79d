#include "stepwell.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Texts.

static void *checked(void *memory) {
  if (!memory) abort();
  return memory;
}

static char *format_list(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) abort();
  char *text = checked(malloc((size_t)length + 1));
  vsnprintf(text, (size_t)length + 1, format, arguments);
  return text;
}

char *stepwell_format(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *text = format_list(format, arguments);
  va_end(arguments);
  return text;
}

static char *copy_of(task_plugin_string_t text) {
  char *copy = checked(malloc(text.len + 1));
  if (text.len) memcpy(copy, text.ptr, text.len);
  copy[text.len] = '\0';
  return copy;
}

// A view of a text that outlives it.
static task_plugin_string_t view(const char *text) {
  return (task_plugin_string_t){.ptr = (uint8_t *)text, .len = strlen(text)};
}

// A copy for the bindings, which free it.
static task_plugin_string_t handed(const char *text) {
  task_plugin_string_t copy;
  task_plugin_string_dup(&copy, text ? text : "");
  return copy;
}

// JSON. The host passes nothing but valid JSON, so that it need not be checked here.

static const char *skip_space(const char *json) {
  while (*json == ' ' || *json == '\t' || *json == '\n' || *json == '\r') json++;
  return json;
}

// From its opening quote to behind its closing one.
static const char *skip_string(const char *json) {
  for (json++; *json && *json != '"'; json++) {
    if (*json == '\\' && json[1]) json++;
  }
  return *json ? json + 1 : json;
}

static const char *skip_value(const char *json) {
  if (*json == '"') return skip_string(json);
  size_t depth = 0;
  while (*json) {
    if (*json == '"') {
      json = skip_string(json);
      continue;
    }
    if (*json == '{' || *json == '[') depth++;
    if (*json == '}' || *json == ']') {
      if (depth == 0) return json;
      depth--;
    }
    if (*json == ',' && depth == 0) return json;
    json++;
  }
  return json;
}

static unsigned hex4(const char *digits) {
  char text[5] = {0};
  memcpy(text, digits, 4);
  return (unsigned)strtoul(text, NULL, 16);
}

static char *put_utf8(char *to, unsigned code) {
  if (code < 0x80) {
    *to++ = (char)code;
    return to;
  }
  if (code < 0x800) {
    *to++ = (char)(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *to++ = (char)(0xe0 | code >> 12);
    } else {
      *to++ = (char)(0xf0 | code >> 18);
      *to++ = (char)(0x80 | (code >> 12 & 0x3f));
    }
    *to++ = (char)(0x80 | (code >> 6 & 0x3f));
  }
  *to++ = (char)(0x80 | (code & 0x3f));
  return to;
}

// The string whose opening quote is here. It never gets longer by being decoded.
static char *decode(const char *json) {
  const char *end = skip_string(json) - 1;
  char *text = checked(malloc((size_t)(end - json) + 1));
  char *to = text;
  for (json++; json < end; json++) {
    if (*json != '\\') {
      *to++ = *json;
      continue;
    }
    json++;
    switch (*json) {
    case 'b': *to++ = '\b'; break;
    case 'f': *to++ = '\f'; break;
    case 'n': *to++ = '\n'; break;
    case 'r': *to++ = '\r'; break;
    case 't': *to++ = '\t'; break;
    case 'u': {
      unsigned code = hex4(json + 1);
      json += 4;
      bool is_pair = code >= 0xd800 && code < 0xdc00 && json[1] == '\\' && json[2] == 'u';
      if (is_pair) {
        code = 0x10000 + ((code - 0xd800) << 10) + (hex4(json + 3) - 0xdc00);
        json += 6;
      }
      to = put_utf8(to, code);
      break;
    }
    default: *to++ = *json;
    }
  }
  *to = '\0';
  return text;
}

// Where the value of a member begins; NULL where there is none.
static const char *find(const char *json, const char *member) {
  json = skip_space(json);
  if (*json != '{') return NULL;
  json = skip_space(json + 1);
  while (*json == '"') {
    char *name = decode(json);
    bool is_it = strcmp(name, member) == 0;
    free(name);
    json = skip_space(skip_string(json));
    if (*json != ':') return NULL;
    json = skip_space(json + 1);
    if (is_it) return json;
    json = skip_space(skip_value(json));
    if (*json != ',') return NULL;
    json = skip_space(json + 1);
  }
  return NULL;
}

char *stepwell_json_string(const char *json, const char *member) {
  const char *value = find(json, member);
  return value && *value == '"' ? decode(value) : NULL;
}

bool stepwell_json_number(const char *json, const char *member, double *number) {
  const char *value = find(json, member);
  if (!value || !(*value == '-' || isdigit((unsigned char)*value))) return false;
  *number = strtod(value, NULL);
  return true;
}

char *stepwell_json_quote(const char *text) {
  // At most six letters for each: \u001f.
  char *json = checked(malloc(strlen(text) * 6 + 3));
  char *to = json;
  *to++ = '"';
  for (; *text; text++) {
    unsigned char letter = (unsigned char)*text;
    if (letter == '"' || letter == '\\') {
      *to++ = '\\';
      *to++ = (char)letter;
    } else if (letter < 0x20) {
      to += sprintf(to, "\\u%04x", letter);
    } else {
      *to++ = (char)letter;
    }
  }
  *to++ = '"';
  *to = '\0';
  return json;
}

// What the host offers.

char *stepwell_config(const char *name) {
  task_plugin_string_t asked = view(name), value;
  return stepwell_task_config_get(&asked, &value) ? copy_of(value) : NULL;
}

char *stepwell_secret(const char *name) {
  task_plugin_string_t asked = view(name), value;
  return stepwell_task_secrets_get(&asked, &value) ? copy_of(value) : NULL;
}

void stepwell_log(stepwell_task_log_level_t level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  task_plugin_string_t line = view(format_list(format, arguments));
  va_end(arguments);
  stepwell_task_log_write(level, &line);
}

// The plugin's exports.

static exports_stepwell_task_plugin_failure_t failure;

void stepwell_retry_after(uint64_t milliseconds) {
  failure.retry_after_ms = (task_plugin_option_u64_t){.is_some = true, .val = milliseconds};
}

// `card-payments` as `CardPayments`.
static char *pascal_case(const char *name) {
  char *text = checked(malloc(strlen(name) + 1));
  char *to = text;
  bool begins = true;
  for (; *name; name++) {
    if (strchr("-_.", *name)) {
      begins = true;
      continue;
    }
    *to++ = begins ? (char)toupper((unsigned char)*name) : *name;
    begins = false;
  }
  *to = '\0';
  return text;
}

// The first characters of a text in UTF-8, as many as the host keeps of a cause.
static char *cut(char *text) {
  size_t characters = 0;
  for (char *at = text; *at; at++) {
    bool begins = ((unsigned char)*at & 0xc0) != 0x80;
    if (begins && ++characters > 32768) {
      *at = '\0';
      break;
    }
  }
  return text;
}

char *stepwell_fail(const char *error, const char *cause, ...) {
  va_list arguments;
  va_start(arguments, cause);
  failure.cause = handed(cut(format_list(cause, arguments)));
  va_end(arguments);
  const char *plugin = pascal_case(stepwell_plugin.name);
  failure.error = handed(strchr(error, '.') ? error : stepwell_format("%s.%s", plugin, error));
  return NULL;
}

bool exports_stepwell_task_plugin_run(task_plugin_string_t *task,
                                      exports_stepwell_task_plugin_json_t *input,
                                      exports_stepwell_task_plugin_json_t *output,
                                      exports_stepwell_task_plugin_failure_t *failed) {
  const char *name = copy_of(*task);
  const char *json = copy_of(*input);
  char *result = NULL;
  bool is_known = false;
  for (size_t i = 0; i < stepwell_plugin.task_count && !is_known; i++) {
    is_known = strcmp(stepwell_plugin.tasks[i].name, name) == 0;
    if (is_known) result = stepwell_plugin.tasks[i].run(json);
  }
  if (result) {
    *output = handed(result);
    return true;
  }
  if (!is_known) {
    stepwell_fail("NoSuchTask", "there is no task \"%s\"", name);
  } else if (!failure.error.ptr) {
    stepwell_fail("NoOutput", "task \"%s\" gave no output and no failure", name);
  }
  *failed = failure;
  return false;
}

static exports_stepwell_task_plugin_option_json_t optional(const char *text) {
  exports_stepwell_task_plugin_option_json_t json = {.is_some = text != NULL};
  if (text) json.val = handed(text);
  return json;
}

static task_plugin_list_string_t list(stepwell_names names) {
  task_plugin_list_string_t copy = {0};
  while (names && names[copy.len]) copy.len++;
  if (copy.len) copy.ptr = checked(calloc(copy.len, sizeof *copy.ptr));
  for (size_t i = 0; i < copy.len; i++) copy.ptr[i] = handed(names[i]);
  return copy;
}

void exports_stepwell_task_plugin_describe(exports_stepwell_task_plugin_info_t *info) {
  size_t count = stepwell_plugin.task_count;
  *info = (exports_stepwell_task_plugin_info_t){
      .name = handed(stepwell_plugin.name),
      .version = handed(stepwell_plugin.version),
      .summary = handed(stepwell_plugin.summary),
      .tasks = {.ptr = checked(calloc(count + 1, sizeof *info->tasks.ptr)), .len = count},
      .wants =
          {
              .http = list(stepwell_plugin.wants.http),
              .secrets = list(stepwell_plugin.wants.secrets),
              .config = list(stepwell_plugin.wants.config),
              .directories = list(stepwell_plugin.wants.directories),
              .key_value = list(stepwell_plugin.wants.key_value),
          },
  };
  for (size_t i = 0; i < count; i++) {
    const stepwell_task *task = &stepwell_plugin.tasks[i];
    info->tasks.ptr[i] = (exports_stepwell_task_plugin_task_info_t){
        .name = handed(task->name),
        .summary = handed(task->summary),
        .effect = (exports_stepwell_task_plugin_effect_t)task->effect,
        .input_schema = optional(task->input_schema),
        .output_schema = optional(task->output_schema),
    };
  }
}
