// The fields of a form whose text is no value, so that the form does not say what is in them.

import { createContext } from 'svelte'

/** Their ids. */
export const [brokenFields, shareBroken] = createContext<Set<string>>()
