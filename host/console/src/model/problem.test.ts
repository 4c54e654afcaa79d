import { expect, test } from 'vitest'
import { brief } from './problem'

test('a message does not repeat the definition', () => {
  expect(
    brief(
      'Unrecognized token \'a\': was expecting (JSON String) at [Source: (String)"{ "b": at [1]\n"[truncated 9 chars]; line: 3, column: 26]',
    ),
  ).toBe("Unrecognized token 'a': was expecting (JSON String)")
  expect(brief("Missing 'Next' target: Nowhere")).toBe("Missing 'Next' target: Nowhere")
})
