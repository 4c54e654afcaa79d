import type { PluginSummary } from '../api/own'

/** What people call the kinds of plugin. */
export const KINDS: Record<NonNullable<PluginSummary['kind']>, string> = {
  COMPONENT: 'Component',
  COMMAND: 'WASI command',
}
