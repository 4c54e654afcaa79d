// What the tabs of a browser share. A browser makes six connections to a host over HTTP/1.1, for all of
// them together, and what is watched takes one for as long as it is.
// https://www.w3.org/TR/web-locks/

/** How many connections are watched over at most; the others are for all else. */
const PLACES = 4

/** Asks for what is kept. */
const ASKED = 'asked'

/** Locks of the origin; none where the page is neither from this computer nor by TLS. */
export const locks = () => navigator.locks as LockManager | undefined

/**
 * Has one of the tabs that ask for the same do so, and tell the others; and another one once that is
 * gone. Ends when it is told to, or throws what the one that asks does.
 *
 * @param name says what is asked for, and by whom
 * @param told is told all, and at first what is kept
 * @param keep what those that come later are told at first, from what that was and from what is told
 * @param lead asks, and tells all; `others` says whether another one did so before
 */
export async function together<T>(
  name: string,
  told: (news: T) => void,
  keep: (kept: T | undefined, news: T) => T | undefined,
  lead: (tell: (news: T) => void, others: boolean) => Promise<void>,
  end: AbortSignal,
): Promise<void> {
  const shared = locks()
  if (!shared) return lead(told, false)
  const channel = new BroadcastChannel(name)
  let leads = false
  let heard = false
  let kept: T | undefined
  channel.onmessage = ({ data }: MessageEvent<typeof ASKED | { news: T }>) => {
    if (data !== ASKED) {
      if (leads || end.aborted) return
      heard = true
      told(data.news)
    } else if (leads && kept) channel.postMessage({ news: kept })
  }
  const tell = (news: T) => {
    kept = keep(kept, news)
    channel.postMessage({ news })
    told(news)
  }
  channel.postMessage(ASKED)
  try {
    await shared.request(name, { signal: end }, () => {
      leads = true
      return lead(tell, heard)
    })
  } catch (error) {
    if (!end.aborted) throw error
  } finally {
    channel.close()
  }
}

/** Takes one of the places for what is watched, and returns how to leave it; none where all are taken. */
export async function place(): Promise<(() => void) | undefined> {
  const shared = locks()
  if (!shared) return () => {}
  for (let number = 1; number <= PLACES; number++) {
    const leave = await new Promise<(() => void) | undefined>((taken, failed) => {
      const hold = (lock: Lock | null) =>
        lock ? new Promise<void>((leave) => taken(leave)) : taken(undefined)
      shared.request(`stepwell-place-${number}`, { ifAvailable: true }, hold).catch(failed)
    })
    if (leave) return leave
  }
  return undefined
}
