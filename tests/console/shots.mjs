// Pictures of each page, for people to look at: wide and narrow, light and dark.
//
//     node shots.mjs FOLDER

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { guarded, launch } from './lib/browser.mjs'
import { Showcase } from './lib/showcase.mjs'
import { Tenants } from './lib/tenants.mjs'
import { settled } from './lib/wait.mjs'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('where to? `node shots.mjs FOLDER`')
await mkdir(folder, { recursive: true })

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ url: string }} host
 * @param {import('./lib/showcase.mjs').Place[]} places
 */
async function shoot(browser, host, places) {
  for (const width of [1280, 390]) {
    for (const theme of /** @type {const} */ (['light', 'dark'])) {
      const { context, page, wrongs } = await guarded(browser, host, { width, theme })
      for (const { name, path } of places) {
        await page.goto(path)
        await settled(page)
        const file = join(folder ?? '', `${name}-${width}-${theme}.png`)
        await page.screenshot({ path: file, fullPage: true })
        console.log(file)
      }
      await context.close()
      for (const wrong of wrongs()) console.error(`${width} pixels, ${theme}: ${wrong}`)
    }
  }
}

const browser = await launch()
const showcase = await Showcase.start({ iterations: 6_000, children: 10_000 })
await shoot(browser, showcase.host, showcase.places())
await showcase.stop()
const tenants = await Tenants.start()
await shoot(browser, tenants.host, [{ name: 'sign-in', path: '/console/' }])
await tenants.stop()
await browser.close()
