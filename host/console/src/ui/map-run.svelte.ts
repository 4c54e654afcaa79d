// A Map Run, as far as it has come.

import type { AnswerOf } from '../api/call'
import { client } from '../session.svelte'
import { Live } from './live.svelte'
import { Loaded } from './load.svelte'

type MapRun = AnswerOf<'DescribeMapRun'>

/** How often it is asked for while it runs and the host does not tell of it, in milliseconds. */
const AGAIN = 2000

interface How {
  /** Whether it is watched when it has ended, too: it may be redriven. */
  ended?: boolean
  /** Called when the host does not tell of it, and it is asked for again. */
  again?: () => void
}

/** Asks for a Map Run, and shows how far it comes. To be called while a component is initialised. */
export function loadMapRun(
  arn: () => string | Promise<string>,
  { ended = false, again = () => {} }: How = {},
): Loaded<MapRun> {
  const run = new Loaded(async (signal) =>
    client().call('DescribeMapRun', { mapRunArn: await arn() }, signal),
  )
  const running = $derived(run.data?.status === 'RUNNING')
  const watched = $derived(ended || running ? run.data?.mapRunArn : undefined)
  const live = new Live(() => (watched ? { mapRunArn: watched } : undefined), {
    mapRun: (now) => run.take(now),
  })
  $effect(() => {
    if (!live.deaf || !running) return
    const timer = setInterval(() => {
      if (document.hidden || run.loading) return
      void run.again()
      again()
    }, AGAIN)
    return () => clearInterval(timer)
  })
  return run
}
