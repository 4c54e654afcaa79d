// State machines to look at, which need no plugin.

/** Waits for as long as nobody stops it. */
export const WAITING = {
  Comment: 'Waits for a day.',
  StartAt: 'WaitForTomorrow',
  States: { WaitForTomorrow: { Type: 'Wait', Seconds: 86_400, End: true } },
}

/** Ends at once. */
export const QUICK = {
  StartAt: 'Done',
  States: { Done: { Type: 'Succeed' } },
}

/** Fails at once. */
export const FAILING = {
  StartAt: 'Refuse',
  States: { Refuse: { Type: 'Fail', Error: 'Orders.Refused', Cause: 'Nothing is left.' } },
}

/** A Map within one execution, as many iterations as its history can have with one state each. */
export const INLINE_MAP = {
  Comment: 'Each item is looked at within the execution.',
  StartAt: 'EachItem',
  States: {
    EachItem: {
      Type: 'Map',
      MaxConcurrency: 40,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'LookAt',
        States: { LookAt: { Type: 'Pass', End: true } },
      },
      ResultPath: null,
      End: true,
    },
  },
}

/** A Map whose iterations are executions of their own; a few fail. */
export const DISTRIBUTED_MAP = {
  Comment: 'Each item is an execution of its own.',
  StartAt: 'EachItem',
  States: {
    EachItem: {
      Type: 'Map',
      MaxConcurrency: 100,
      ToleratedFailurePercentage: 5,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
        StartAt: 'IsGood',
        States: {
          IsGood: {
            Type: 'Choice',
            Choices: [{ Variable: '$', NumericGreaterThan: 9_990, Next: 'Refuse' }],
            Default: 'Take',
          },
          Take: { Type: 'Pass', End: true },
          Refuse: { Type: 'Fail', Error: 'Items.Refused', Cause: 'The item is not known.' },
        },
      },
      ResultPath: null,
      End: true,
    },
  },
}

/** A Map whose iterations are executions of their own, two at once, which wait until somebody stops them. */
export const WAITING_MAP = {
  StartAt: 'EachItem',
  States: {
    EachItem: {
      Type: 'Map',
      MaxConcurrency: 2,
      ToleratedFailurePercentage: 100,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        ...WAITING,
      },
      ResultPath: null,
      End: true,
    },
  },
}

/**
 * So many items.
 *
 * @param {number} length
 */
export const items = (length) => Array.from({ length }, (_, index) => index)
