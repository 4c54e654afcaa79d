// A Map Run, as far as it has come.

import type { AnswerOf } from '../api/call'
import { client } from '../session.svelte'
import { Loaded } from './load.svelte'

type MapRun = AnswerOf<'DescribeMapRun'>

/** How often it is asked for while it runs, in milliseconds: the host does not tell of children. */
const AGAIN = 2000

/**
 * Asks for a Map Run, and again while it runs and the page can be seen; `again` is called with it each
 * time. To be called while a component is initialised.
 */
export function loadMapRun(
  arn: () => string | Promise<string>,
  again: () => void = () => {},
): Loaded<MapRun> {
  const run = new Loaded(async (signal) =>
    client().call('DescribeMapRun', { mapRunArn: await arn() }, signal),
  )
  $effect(() => {
    if (run.data?.status !== 'RUNNING') return
    const timer = setInterval(() => {
      if (document.hidden || run.loading) return
      void run.again()
      again()
    }, AGAIN)
    return () => clearInterval(timer)
  })
  return run
}
