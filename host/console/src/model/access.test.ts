import { describe, expect, it } from 'vitest'
import { inShort, shownAccess, type Access } from './access'

function row(capability: string, some: Partial<Access> = {}): Access {
  return { capability, imported: true, wanted: [], granted: [], effective: [], reason: '', ...some }
}

describe('shownAccess', () => {
  it('tells what it can use from what it lacks, has in vain, and has no business with', () => {
    const rows = shownAccess([
      row('import', { effective: ['wasi:clocks'] }),
      row('http', { imported: false }),
      row('secret', { wanted: ['smtp-user'] }),
      row('directory', { granted: ['/outbox'] }),
      row('connect', { granted: ['127.0.0.1:25'], effective: ['127.0.0.1:25'] }),
    ])
    const given = rows.filter(
      (it) => !['environment', 'config', 'key-value'].includes(it.capability),
    )
    expect(given.map((it) => [it.capability, it.standing])).toEqual([
      ['connect', 'ABLE'],
      ['secret', 'LACKS'],
      ['directory', 'IDLE'],
      ['http', 'SAFE'],
      ['import', 'HARMLESS'],
    ])
  })

  it('says in short what it can do, and what it cannot', () => {
    const { can, cannot } = inShort(
      shownAccess([
        row('http', { imported: false }),
        row('connect', { effective: ['a:25', 'b:25'] }),
        row('clock'),
        row('import', { effective: ['wasi:io'] }),
      ]),
    )
    expect(can).toEqual(['open connections to a:25, b:25'])
    expect(cannot).toEqual([
      'send HTTP requests',
      'see any file of the host',
      'read environment variables',
      'read configuration',
      'use any secret',
      'keep data between calls',
    ])
  })

  it('tells of what the host does not: the plugin has no way to it', () => {
    const rows = shownAccess([row('connect', { effective: ['a:25'] })])
    expect(rows.map((it) => it.standing)).toEqual(['ABLE', ...Array<string>(6).fill('SAFE')])
    expect(rows[1]).toMatchObject({ capability: 'http', imported: false })
    expect(rows[1]!.reason).toContain('does not import')
  })

  it('tells of nothing where nothing may run', () => {
    expect(shownAccess([])).toEqual([])
  })

  it('shows capabilities that it does not know by their names', () => {
    const rows = shownAccess([row('gpu')])
    expect(rows[0]).toMatchObject({ title: 'gpu', comes: 'use gpu' })
  })
})
