import { expect, it } from 'vitest'
import { selector, type Version } from './versions'

const version = (version: string, digest: string): Version => ({ version, digest, state: 'HELD' })

it('names a version by its number, and by its digest where others have that number', () => {
  const first = version('0.1.0', 'sha256:feb301d8fb2af812')
  const same = version('0.1.0', 'sha256:aaa468ff334bec74')
  const other = version('0.2.0', 'sha256:743b8e57f1175e84')
  const all = [first, same, other]
  expect(all.map((it) => selector(it, all))).toEqual(['feb301d8fb2a', 'aaa468ff334b', '0.2.0'])
})
