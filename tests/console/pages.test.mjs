// Every page, with something on it: accessible in both themes, wide and narrow.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { holds } from './lib/checks.mjs'
import { Showcase } from './lib/showcase.mjs'
import { settled } from './lib/wait.mjs'
import { visit } from './lib/shared.mjs'

describe('every page is accessible, and fits', () => {
  /** @type {Showcase} */
  let showcase
  before(async () => {
    showcase = await Showcase.start({ iterations: 400, children: 60 })
  })
  after(() => showcase?.stop())

  // The names are known before the host has run anything: each is a test of its own.
  for (const { name } of new Showcase(/** @type {any} */ ({})).places()) {
    test(name, async (t) => {
      const place = showcase.places().find((it) => it.name === name)
      const page = await visit(t, showcase.host)
      await page.goto(place?.path ?? '')
      await settled(page)
      const trouble = await page.getByRole('alert').filter({ hasText: /\S/ }).allTextContents()
      assert.deepEqual(trouble, [], 'the page says that something is wrong')
      await holds(page)
    })
  }
})
