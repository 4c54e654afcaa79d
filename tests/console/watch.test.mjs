// What is told as it happens: the children of a Map Run, and to as many tabs as somebody opens.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { call, create, start } from './lib/api.mjs'
import { QUICK, WAITING, WAITING_MAP, items } from './lib/machines.mjs'
import { held, shows } from './lib/wait.mjs'
import { orders, visit } from './lib/shared.mjs'

describe('what is told as it happens', () => {
  /** @type {import('./lib/host.mjs').Host} */
  let host
  before(async () => {
    host = (await orders()).host
  })

  /** @param {import('playwright-core').Page} page */
  const rows = (page) => page.getByRole('table', { name: /Executions/ }).getByRole('rowheader')
  /** @param {string} machine */
  const listOf = (machine) => `/console/executions?machine=${encodeURIComponent(machine)}`

  /**
   * Counts what a context asks for, by target.
   *
   * @param {import('playwright-core').BrowserContext} context
   */
  function counted(context) {
    /** @type {Record<string, number>} */
    const counts = {}
    context.on('request', (request) => {
      const target = request.headers()['x-amz-target']
      if (target) counts[target] = (counts[target] ?? 0) + 1
    })
    return counts
  }

  /**
   * A Map Run of which two children run and a third waits for its turn.
   *
   * @param {string} name of the machine
   */
  async function mapRun(name) {
    const executionArn = await start(host, await create(host, name, WAITING_MAP), 'one', items(3))
    const { mapRuns } = await call(host, 'ListMapRuns', { executionArn })
    return { executionArn, mapRunArn: mapRuns[0].mapRunArn }
  }

  /**
   * Has the third child start, and then end, and sees both on the page of the Map Run.
   *
   * @param {import('playwright-core').Page} page
   * @param {string} mapRunArn
   */
  async function startsAndEnds(page, mapRunArn) {
    await call(host, 'UpdateMapRun', { mapRunArn, maxConcurrency: 3 })
    await shows(rows(page), 3)
    const { executions } = await call(host, 'ListExecutions', { mapRunArn })
    const { executionArn, name } = executions[0]
    await call(host, 'StopExecution', { executionArn })
    await page.getByRole('row', { name }).getByText('Aborted').waitFor()
    await page.getByText('3 items · 1 aborted · 2 running').waitFor()
    await page
      .getByRole('navigation', { name: 'Status' })
      .getByRole('link', { name: /^Aborted 1$/ })
      .waitFor()
  }

  test('children of a Map Run start and end without being asked for', async (t) => {
    const { executionArn, mapRunArn } = await mapRun('watch-children')
    const page = await visit(t, host)
    const asked = counted(page.context())
    await page.goto(`/console/executions?mapRun=${encodeURIComponent(mapRunArn)}`)
    await shows(rows(page), 2)
    await page.mouse.move(0, 0)
    await startsAndEnds(page, mapRunArn)
    await call(host, 'StopExecution', { executionArn })
    await page.getByText('3 items · 3 aborted').waitFor()
    await shows(page.getByRole('cell', { name: 'Aborted' }), 3)
    assert.equal(asked['Stepwell.Watch'], 1)
    assert.equal(asked['AWSStepFunctions.DescribeMapRun'], 1)
    // When the page opens, once it is told what changes, and where it fell behind; not for each change.
    const listed = asked['AWSStepFunctions.ListExecutions'] ?? 0
    assert.ok(listed <= 3, `the children were asked for ${listed} times`)
  })

  test('children of a Map Run are asked for while nothing is told', async (t) => {
    const { executionArn, mapRunArn } = await mapRun('watch-cut')
    const page = await visit(t, host, { refusals: [/ERR_CONNECTION_REFUSED/] })
    const asked = counted(page.context())
    await page.route('/', (route) => {
      const target = route.request().headers()['x-amz-target']
      if (target === 'Stepwell.Watch') return route.abort('connectionrefused')
      return route.continue()
    })
    await page.goto(`/console/executions?mapRun=${encodeURIComponent(mapRunArn)}`)
    await shows(rows(page), 2)
    await page.mouse.move(0, 0)
    await startsAndEnds(page, mapRunArn)
    assert.ok((asked['AWSStepFunctions.DescribeMapRun'] ?? 0) > 1)
    await call(host, 'StopExecution', { executionArn })
  })

  test('children of a Map Run are asked for where it is silent', async (t) => {
    const { executionArn, mapRunArn } = await mapRun('watch-silent')
    const page = await visit(t, host)
    await page.clock.install()
    // Of the children, and of the Map Run itself.
    const silent = await held(page, 'Stepwell.Watch', 'request')
    await page.goto(`/console/executions?mapRun=${encodeURIComponent(mapRunArn)}`)
    await silent.reached()
    await page.getByText('3 items · 2 running').waitFor()
    await call(host, 'UpdateMapRun', { mapRunArn, maxConcurrency: 3 })
    await page.clock.fastForward('00:11')
    await page.clock.fastForward('00:03')
    await page.getByText('3 items · 3 running').waitFor()
    silent.pass()
    await call(host, 'StopExecution', { executionArn })
    await page.getByText('3 items · 3 aborted').waitFor()
  })

  test('of children that end together those show, too, of which nothing was told', async (t) => {
    const machine = await create(host, 'watch-together', WAITING_MAP)
    const executionArn = await start(host, machine, 'one', items(60))
    const { mapRuns } = await call(host, 'ListMapRuns', { executionArn })
    const { mapRunArn } = mapRuns[0]
    await call(host, 'UpdateMapRun', { mapRunArn, maxConcurrency: 60 })
    const page = await visit(t, host)
    await page.goto(`/console/executions?mapRun=${encodeURIComponent(mapRunArn)}&size=100`)
    await page.mouse.move(0, 0)
    await shows(page.getByRole('cell', { name: 'Running' }), 60)
    await call(host, 'StopExecution', { executionArn })
    await shows(page.getByRole('cell', { name: 'Aborted' }), 60)
    await page.getByText('60 items · 60 aborted').waitFor()
  })

  test('what starts while a list is on its way, or before it is watched, shows', async (t) => {
    const machine = await create(host, 'watch-late', QUICK)
    await start(host, machine, 'first')
    const page = await visit(t, host)
    const asked = counted(page.context())
    const late = await held(page, 'Stepwell.SearchExecutions', 'answer')
    const watch = await held(page, 'Stepwell.Watch', 'request')
    await page.goto(listOf(machine))
    await late.reached()
    await watch.reached()
    await start(host, machine, 'second')
    watch.pass()
    const ended = page.getByRole('navigation', { name: 'Status' })
    await ended.getByRole('link', { name: /^Succeeded 2$/ }).waitFor()
    late.pass()
    await shows(rows(page), 2)

    // It is watched now, and told while the host's older answer is on its way.
    await page.getByRole('searchbox').fill('f')
    await shows(rows(page), 1)
    const older = await held(page, 'Stepwell.SearchExecutions', 'answer')
    await page.getByRole('searchbox').fill('')
    await older.reached()
    await start(host, machine, 'third')
    await page.getByRole('rowheader', { name: 'third' }).waitFor()
    older.pass()
    await shows(rows(page), 3)
    assert.equal(asked['Stepwell.Watch'], 1)
  })

  test('where a Map Run’s state is looked at, it is told how far it is', async (t) => {
    const { executionArn, mapRunArn } = await mapRun('watch-state')
    const page = await visit(t, host)
    const asked = counted(page.context())
    await page.goto(`/console/executions/${encodeURIComponent(executionArn)}?state=EachItem`)
    const part = page.getByRole('region', { name: 'Map Run' })
    await part.getByText('2 running').waitFor()
    const before = asked['AWSStepFunctions.DescribeMapRun']
    await call(host, 'UpdateMapRun', { mapRunArn, maxConcurrency: 3 })
    await part.getByText('3 running').waitFor()
    assert.equal(asked['AWSStepFunctions.DescribeMapRun'], before)
    await call(host, 'StopExecution', { executionArn })
    await part.getByText('3 aborted').waitFor()
  })

  test('nine tabs of a list share one connection, whichever of them is closed', async (t) => {
    const machine = await create(host, 'watch-tabs', QUICK)
    await start(host, machine, 'first')
    const first = await visit(t, host)
    const asked = counted(first.context())
    const tabs = [first]
    while (tabs.length < 8) tabs.push(await first.context().newPage())
    for (const tab of tabs) {
      await tab.goto(listOf(machine))
      await shows(rows(tab), 1)
    }
    await start(host, machine, 'second')
    for (const tab of tabs) await shows(rows(tab), 2)
    assert.equal(asked['Stepwell.Watch'], 1)
    const ninth = await first.context().newPage()
    await ninth.goto(listOf(machine))
    await shows(rows(ninth), 2)
    tabs.push(ninth)
    await tabs.shift()?.close()
    await start(host, machine, 'third')
    for (const tab of tabs) await shows(rows(tab), 3)
    assert.equal(asked['Stepwell.Watch'], 2)
  })

  test('eight tabs of as many executions are all kept up to date', async (t) => {
    const machine = await create(host, 'watch-many', WAITING)
    const first = await visit(t, host)
    const tabs = [first]
    while (tabs.length < 8) tabs.push(await first.context().newPage())
    const executions = []
    for (const [index, tab] of tabs.entries()) {
      const executionArn = await start(host, machine, `e-${index}`)
      executions.push(executionArn)
      await tab.goto(`/console/executions/${encodeURIComponent(executionArn)}`)
      await tab.getByRole('status').filter({ hasText: 'Running' }).waitFor()
    }
    for (const executionArn of executions) await call(host, 'StopExecution', { executionArn })
    for (const tab of tabs) await tab.getByRole('status').filter({ hasText: 'Aborted' }).waitFor()
  })
})
