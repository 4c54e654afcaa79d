// What a plugin may touch, in words.

import type { DescribePlugin } from '../api/own'

export type Access = DescribePlugin['answer']['access'][number]

interface Meaning {
  title: string
  /** What a plugin does with it: `it can ...`. */
  can: string
  /** What it does without: `it cannot ...`. */
  cannot: string
}

/** Capabilities by the names that `stepwell plugin inspect` has for them. */
const MEANINGS: Record<string, Meaning> = {
  http: {
    title: 'HTTP requests',
    can: 'send HTTP requests to',
    cannot: 'send HTTP requests',
  },
  connect: {
    title: 'TCP connections',
    can: 'open connections to',
    cannot: 'open network connections',
  },
  directory: {
    title: 'Directories',
    can: 'use the directory',
    cannot: 'see any file of the host',
  },
  scratch: {
    title: 'Scratch directory',
    can: 'keep files during a call:',
    cannot: 'keep files during a call',
  },
  environment: {
    title: 'Environment variables',
    can: 'read the variables',
    cannot: 'read environment variables',
  },
  config: {
    title: 'Configuration',
    can: 'read the configuration values',
    cannot: 'read configuration',
  },
  secret: { title: 'Secrets', can: 'use the secrets', cannot: 'use any secret' },
  'key-value': {
    title: 'Key-value stores',
    can: 'read and write the stores',
    cannot: 'keep data between calls',
  },
  'random-seed': {
    title: 'Fixed random numbers',
    can: 'foresee random numbers: they follow from',
    cannot: '',
  },
  clock: { title: 'Fixed clock', can: 'see no time but', cannot: '' },
  import: { title: 'Always there', can: 'use what needs no grant:', cannot: '' },
}

const NOT_IMPORTED = 'Its file does not import what that needs.'
const GRANTED_NOTHING = 'Its file imports what that needs, and nothing is granted.'

/** Those by which a plugin could reach outside of its call. */
const OUTSIDE = ['http', 'connect', 'directory', 'environment', 'config', 'secret', 'key-value']

/**
 * - `ABLE`: it can use something.
 * - `LACKS`: it wants what it is not granted.
 * - `IDLE`: it is granted what it cannot use.
 * - `SAFE`: it cannot, and does not ask to.
 * - `HARMLESS`: what each plugin has.
 */
export type Standing = 'ABLE' | 'LACKS' | 'IDLE' | 'SAFE' | 'HARMLESS'

export interface ShownAccess extends Access {
  title: string
  standing: Standing
  /** What it comes to, as a part of a sentence: `open connections to mail.example.com:25`. */
  comes: string
}

/** Each capability, whether the host tells of it or not; none of them where nothing may run. */
export function shownAccess(told: readonly Access[]): ShownAccess[] {
  const rows = told.length > 0 ? [...told, ...untold(told)] : []
  const order: Standing[] = ['ABLE', 'LACKS', 'IDLE', 'SAFE', 'HARMLESS']
  return rows
    .map((row) => {
      const name = row.capability.replaceAll('_', '-').toLowerCase()
      const known = MEANINGS[name]
      const can = known?.can ?? `use ${row.capability}:`
      const cannot = known?.cannot || `use ${row.capability}`
      const standing = name === 'import' ? 'HARMLESS' : standingOf(row)
      const able = row.effective.length > 0
      const comes = able ? `${can} ${row.effective.join(', ')}` : cannot
      const reason = row.reason || (row.imported ? GRANTED_NOTHING : NOT_IMPORTED)
      return { ...row, reason, title: known?.title ?? row.capability, standing, comes }
    })
    .sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing))
}

/** What reaches outside, and the host says nothing of: the plugin has no way to it. */
function untold(told: readonly Access[]): Access[] {
  const nothing = { imported: false, wanted: [], granted: [], effective: [], reason: NOT_IMPORTED }
  return OUTSIDE.filter((name) => !told.some((it) => it.capability === name)).map((capability) => ({
    capability,
    ...nothing,
  }))
}

function standingOf({ wanted, granted, effective }: Access): Standing {
  if (effective.length > 0) return 'ABLE'
  if (granted.length > 0) return 'IDLE'
  return wanted.length > 0 ? 'LACKS' : 'SAFE'
}

/** What it can do and what it cannot, for who reads only that. */
export function inShort(rows: readonly ShownAccess[]): { can: string[]; cannot: string[] } {
  const told = rows.filter((it) => it.standing !== 'HARMLESS')
  return {
    can: told.filter((it) => it.standing === 'ABLE').map((it) => it.comes),
    cannot: told
      .filter((it) => it.standing !== 'ABLE' && MEANINGS[it.capability]?.cannot !== '')
      .map((it) => it.comes),
  }
}
