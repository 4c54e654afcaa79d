// Asks the host for everything that the SDK and the bindings have.

#include "stepwell.h"

typedef stepwell_task_key_value_error_t store_error;

static char *failed(store_error error) {
  bool is_denied = error.tag == STEPWELL_TASK_KEY_VALUE_ERROR_ACCESS_DENIED;
  return stepwell_fail(is_denied ? "PermissionDenied" : "Unavailable", "error %d", error.tag);
}

static task_plugin_string_t text(const char *chars) {
  task_plugin_string_t text;
  task_plugin_string_dup(&text, chars);
  return text;
}

static char *json(task_plugin_string_t text) {
  return stepwell_json_quote(stepwell_format("%.*s", (int)text.len, (char *)text.ptr));
}

static char *list(task_plugin_list_string_t texts) {
  char *all = "";
  for (size_t i = 0; i < texts.len; i++) {
    all = stepwell_format("%s%s%s", all, i ? "," : "", json(texts.ptr[i]));
  }
  return stepwell_format("[%s]", all);
}

static const char *boolean(bool is_true) { return is_true ? "true" : "false"; }

static char *everything(const char *input) {
  stepwell_task_call_context_t call;
  stepwell_task_call_info(&call);
  stepwell_task_call_heartbeat();
  stepwell_log(STEPWELL_TASK_LOG_LEVEL_INFO, "asked by %s", json(call.state_name));
  char *config = stepwell_config("region"), *secret = stepwell_secret("key");
  task_plugin_list_string_t names;
  stepwell_task_config_names(&names);

  task_plugin_string_t store = text(stepwell_json_string(input, "store"));
  task_plugin_string_t k1 = text("k1"), k2 = text("k2"), k3 = text("k3"), k = text("k"), none = text("");
  task_plugin_list_u8_t one = {(uint8_t *)"one", 3}, two = {(uint8_t *)"two", 3}, empty = {0};
  uint64_t first;
  task_plugin_option_u64_t second, stale, other;
  stepwell_task_key_value_option_entry_t entry, missing;
  task_plugin_list_string_t keys, after;
  bool deleted, again;
  store_error error;
  bool is_good = stepwell_task_key_value_set(&store, &k1, &one, &first, &error) &&
                 stepwell_task_key_value_compare_and_swap(&store, &k1, &first, &two, &second, &error) &&
                 stepwell_task_key_value_compare_and_swap(&store, &k1, &first, &one, &stale, &error) &&
                 stepwell_task_key_value_compare_and_swap(&store, &k2, NULL, &empty, &other, &error) &&
                 stepwell_task_key_value_get(&store, &k1, &entry, &error) &&
                 stepwell_task_key_value_get(&store, &k3, &missing, &error) &&
                 stepwell_task_key_value_keys(&store, &k, NULL, 10, &keys, &error) &&
                 stepwell_task_key_value_keys(&store, &none, &k1, 10, &after, &error) &&
                 stepwell_task_key_value_delete(&store, &k1, &second.val, &deleted, &error) &&
                 stepwell_task_key_value_delete(&store, &k1, NULL, &again, &error);
  if (!is_good) return failed(error);
  task_plugin_string_t value = {entry.val.value.ptr, entry.val.value.len};
  return stepwell_format(
      "{\"config\":%s,\"names\":%s,\"secret\":%s,\"attempt\":%u,\"value\":%s,"
      "\"stale\":%s,\"missing\":%s,\"keys\":%s,\"after\":%s,\"deleted\":[%s,%s]}",
      config ? stepwell_json_quote(config) : "null", list(names),
      secret ? stepwell_json_quote(secret) : "null", (unsigned)call.attempt, json(value),
      boolean(stale.is_some || entry.val.version != second.val), boolean(!missing.is_some),
      list(keys), list(after), boolean(deleted), boolean(again));
}

static const stepwell_task tasks[] = {
    {.name = "everything", .effect = STEPWELL_IDEMPOTENT, .run = everything},
};

static const char *const wanted_config[] = {"region", "empty", NULL};
static const char *const wanted_stores[] = {"notes", NULL};

const stepwell_plugin_info stepwell_plugin = {
    .name = "sdk-c",
    .version = "0.1.0",
    .tasks = tasks,
    .task_count = 1,
    .wants = {.config = wanted_config, .key_value = wanted_stores},
};
