// Aliases: which versions they lead to, and what a form makes of that.

import type { Route } from '../api/aws'
import type { AnswerOf, RequestOf } from '../api/call'

export type Alias = AnswerOf<'DescribeStateMachineAlias'>

/** An alias as a form has it. Versions are told by their numbers. */
export interface AliasDraft {
  name: string
  description: string
  version: string
  /** The other version; empty where all goes to one. */
  other: string
  /** How many of a hundred executions the other one gets; none where what was entered is no number. */
  share: number | undefined
}

/** What of an alias is changed, as the API has it. */
export type Changes = Omit<RequestOf<'UpdateStateMachineAlias'>, 'stateMachineAliasArn'>

/** What a version gets at first that traffic is to be shifted to, in per cent. */
const FIRST_SHARE = 10
const LONGEST_NAME = 80

/** An alias that is to be, which leads to a version. */
export function newAlias(version: string): AliasDraft {
  return { name: '', description: '', version, other: '', share: FIRST_SHARE }
}

/** A form of an alias as it is. */
export function aliasDraft(alias: Alias): AliasDraft {
  const [route, other] = alias.routingConfiguration
  return {
    name: alias.name,
    description: alias.description ?? '',
    version: route ? numberOf(route.stateMachineVersionArn) : '',
    other: other ? numberOf(other.stateMachineVersionArn) : '',
    share: other?.weight ?? FIRST_SHARE,
  }
}

/** What keeps a name from being an alias's, by AWS's rules; none where nothing does. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  if (!name) return 'An alias needs a name.'
  if (!/^[a-zA-Z0-9_.-]*$/.test(name))
    return 'Only letters of A to Z, digits, “-”, “_” and “.” can be in it.'
  if (name.length > LONGEST_NAME) return `It can have ${LONGEST_NAME} characters at most.`
  if (/^\d+$/.test(name)) return 'Digits alone would name a version: add a letter, “-”, “_” or “.”.'
  if (taken.includes(name)) return 'There is an alias of this name.'
  return undefined
}

/** What is wrong with the share that the other version gets. */
export function shareProblem({ other, share }: AliasDraft): string | undefined {
  const right = share !== undefined && Number.isInteger(share) && share >= 0 && share <= 100
  return !other || right ? undefined : 'A whole number from 0 to 100, please.'
}

/** How many of a hundred executions each version gets. One that gets none is not led to. */
export function shares({ version, other, share = 0 }: AliasDraft): [string, number][] {
  if (!other) return [[version, 100]]
  const both: [string, number][] = [
    [version, 100 - share],
    [other, share],
  ]
  return both.filter(([, weight]) => weight > 0)
}

/** Where the alias is to lead. `machine` is the ARN of the state machine. */
export function routes(draft: AliasDraft, machine: string): Route[] {
  return shares(draft).map(([number, weight]) => ({
    stateMachineVersionArn: `${machine}:${number}`,
    weight,
  }))
}

/** What a form changes of the alias that it began from. */
export function changes(draft: AliasDraft, alias: Alias, machine: string): Changes {
  const routingConfiguration = routes(draft, machine)
  return {
    ...(draft.description !== (alias.description ?? '') && { description: draft.description }),
    ...(!sameRoutes(routingConfiguration, alias.routingConfiguration) && { routingConfiguration }),
  }
}

/**
 * Whether changes would undo what others have made of an alias since it `was` so: what both have
 * changed, and not to the same.
 */
export function undoes(changes: Changes, was: Alias, now: Alias): boolean {
  const { description, routingConfiguration: mine } = changes
  const theirs = now.description ?? ''
  return (
    (description !== undefined && theirs !== (was.description ?? '') && theirs !== description) ||
    (mine !== undefined &&
      !sameRoutes(now.routingConfiguration, was.routingConfiguration) &&
      !sameRoutes(now.routingConfiguration, mine))
  )
}

/** Whether executions go the same ways, in whatever order these are. */
function sameRoutes(some: readonly Route[], others: readonly Route[]): boolean {
  const ways = (routes: readonly Route[]) =>
    routes
      .filter((it) => it.weight > 0)
      .map((it) => `${it.stateMachineVersionArn} ${it.weight}`)
      .sort()
      .join()
  return ways(some) === ways(others)
}

/** The aliases that lead to a version, with their weights, one of no weight too. */
export function leadingTo(
  version: string,
  aliases: readonly Alias[],
): { name: string; weight: number }[] {
  return aliases.flatMap(({ name, routingConfiguration }) =>
    routingConfiguration
      .filter((it) => it.stateMachineVersionArn === version)
      .map(({ weight }) => ({ name, weight })),
  )
}

/** `90 % to version 3, 10 % to version 4` */
export function way(routes: readonly Route[]): string {
  return routes
    .map((it) => `${it.weight} % to version ${numberOf(it.stateMachineVersionArn)}`)
    .join(', ')
}

function numberOf(version: string): string {
  return version.slice(version.lastIndexOf(':') + 1)
}
