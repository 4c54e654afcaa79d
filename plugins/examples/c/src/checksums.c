// Checks numbers that people mistype: of bank accounts and of cards.

#include "stepwell.h"

#include <ctype.h>
#include <string.h>

// The text without spaces and hyphens, in upper case.
static char *compact(char *text) {
  char *to = text;
  for (const char *from = text; *from; from++) {
    if (*from != ' ' && *from != '-') *to++ = (char)toupper((unsigned char)*from);
  }
  *to = '\0';
  return text;
}

// ISO 13616: with its first four letters moved to the end, and letters read as 10 to 35, the number
// leaves 1 when it is divided by 97.
static char *iban(const char *input) {
  char *text = stepwell_json_string(input, "iban");
  if (!text) return stepwell_fail("InvalidInput", "the input has no text \"iban\"");
  compact(text);
  size_t length = strlen(text);
  bool is_shaped = length >= 15 && length <= 34 && isupper((unsigned char)text[0]) &&
                   isupper((unsigned char)text[1]);
  for (size_t i = 0; i < length; i++) is_shaped = is_shaped && isalnum((unsigned char)text[i]);
  if (!is_shaped) {
    return stepwell_fail("Malformed", "\"%s\" has not the form of an IBAN", text);
  }
  unsigned rest = 0;
  for (size_t i = 0; i < length; i++) {
    char letter = text[(i + 4) % length];
    rest = isdigit((unsigned char)letter) ? rest * 10 + (unsigned)(letter - '0')
                                          : rest * 100 + (unsigned)(letter - 'A' + 10);
    rest %= 97;
  }
  return stepwell_format("{\"iban\":%s,\"country\":\"%.2s\",\"valid\":%s}",
                         stepwell_json_quote(text), text, rest == 1 ? "true" : "false");
}

// Every second digit from the right counts twice, as the sum of its digits; the sum of all is a
// multiple of ten.
static char *luhn(const char *input) {
  char *text = stepwell_json_string(input, "number");
  if (!text) return stepwell_fail("InvalidInput", "the input has no text \"number\"");
  compact(text);
  size_t length = strlen(text);
  if (length < 2 || strspn(text, "0123456789") != length) {
    return stepwell_fail("Malformed", "\"%s\" is not a number of two digits or more", text);
  }
  unsigned sum = 0;
  for (size_t i = 0; i < length; i++) {
    unsigned digit = (unsigned)(text[length - 1 - i] - '0');
    if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return stepwell_format("{\"valid\":%s}", sum % 10 == 0 ? "true" : "false");
}

static const stepwell_task tasks[] = {
    {
        .name = "iban",
        .summary = "Whether the number of a bank account is right.",
        .effect = STEPWELL_PURE,
        .input_schema = "{\"type\":\"object\",\"required\":[\"iban\"],"
                        "\"properties\":{\"iban\":{\"type\":\"string\"}}}",
        .output_schema = "{\"type\":\"object\",\"required\":[\"iban\",\"country\",\"valid\"]}",
        .run = iban,
    },
    {
        .name = "luhn",
        .summary = "Whether the number of a card is right.",
        .effect = STEPWELL_PURE,
        .input_schema = "{\"type\":\"object\",\"required\":[\"number\"],"
                        "\"properties\":{\"number\":{\"type\":\"string\"}}}",
        .output_schema = "{\"type\":\"object\",\"required\":[\"valid\"]}",
        .run = luhn,
    },
};

const stepwell_plugin_info stepwell_plugin = {
    .name = "checksums",
    .version = "0.1.0",
    .summary = "Checks numbers of bank accounts (IBAN) and of cards (Luhn).",
    .tasks = tasks,
    .task_count = sizeof tasks / sizeof *tasks,
};
