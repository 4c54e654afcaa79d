// A definition that is being changed, and of which revision that is.

import type { DescribeInput } from '../api/own'

export interface Draft {
  text: string
  /** The revision that it began from; none of a machine that was never updated. */
  revisionId?: string
}

/** A draft of a definition as it is now. */
export function draftOf(definition: string, revisionId: string | undefined): Draft {
  return { text: definition, ...(revisionId !== undefined && { revisionId }) }
}

/** What was kept, as JSON. */
export function recalled(kept: string | null): Draft | undefined {
  try {
    const { text, revisionId } = JSON.parse(kept ?? '') as Record<string, unknown>
    if (typeof text !== 'string') return undefined
    return draftOf(text, typeof revisionId === 'string' ? revisionId : undefined)
  } catch {
    return undefined
  }
}

/** Whether a machine was changed since the draft was begun, so that to save it would undo that. */
export function isOutdated(
  draft: Draft,
  machine: { definition: string; revisionId?: string },
): boolean {
  return machine.revisionId !== draft.revisionId && machine.definition !== draft.text
}

/** Whether a project's file is what a machine is made from, as far as what is told of its input says. */
export function isOfProject(input: DescribeInput['answer'] | undefined): boolean {
  return input?.source === 'PROJECT' || Boolean(input?.examples.length)
}
