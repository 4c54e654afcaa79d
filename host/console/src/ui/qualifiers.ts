// What executions of a machine can be started with.

import { client } from '../session.svelte'
import { nameOf } from './format'

export interface Qualifiers {
  /** By name. */
  aliases: string[]
  /** By number. */
  versions: string[]
}

/** The aliases and versions of a machine: as many as one can have by AWS's quotas. */
export async function qualifiers(
  stateMachineArn: string,
  signal: AbortSignal,
): Promise<Qualifiers> {
  const [aliases, versions] = await Promise.all([
    client().call('ListStateMachineAliases', { stateMachineArn, maxResults: 100 }, signal),
    client().call('ListStateMachineVersions', { stateMachineArn, maxResults: 1000 }, signal),
  ])
  return {
    aliases: aliases.stateMachineAliases.map((it) => nameOf(it.stateMachineAliasArn)),
    versions: versions.stateMachineVersions.map((it) => nameOf(it.stateMachineVersionArn)),
  }
}
