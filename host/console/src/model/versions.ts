// How commands name the versions of a plugin.

import type { DescribePlugin } from '../api/own'

export type Version = DescribePlugin['answer']['versions'][number]

/** What comes after the `@`: the version, or the beginning of the digest where several have that. */
export function selector(version: Version, among: readonly Version[]): string {
  const same = among.filter((it) => it.version === version.version)
  return same.length > 1 ? version.digest.replace(/^sha256:/, '').slice(0, 12) : version.version
}
