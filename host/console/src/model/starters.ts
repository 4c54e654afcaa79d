// Definitions to begin with.

export interface Starter {
  title: string
  definition: unknown
}

export const STARTERS: Starter[] = [
  {
    title: 'One state',
    definition: {
      Comment: 'Says hello.',
      StartAt: 'Hello',
      States: { Hello: { Type: 'Pass', Result: { hello: 'world' }, End: true } },
    },
  },
  {
    title: 'A task that is retried',
    definition: {
      Comment:
        'Runs a task of a plugin, again where it fails for a while, and tells of it otherwise.',
      StartAt: 'Run',
      States: {
        Run: {
          Type: 'Task',
          Resource: 'wasm:PLUGIN/TASK',
          TimeoutSeconds: 30,
          Retry: [
            { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 3 },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Failed' }],
          Next: 'Done',
        },
        Done: { Type: 'Succeed' },
        Failed: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
      },
    },
  },
  {
    title: 'A choice, and a wait',
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'IsReady',
      States: {
        IsReady: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.ready = true %}', Next: 'Ready' }],
          Default: 'Later',
        },
        Later: {
          Type: 'Wait',
          Seconds: 5,
          Output: "{% $merge([$states.input, {'ready': true}]) %}",
          Next: 'IsReady',
        },
        Ready: { Type: 'Succeed' },
      },
    },
  },
  {
    title: 'For each item',
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          Items: '{% $states.input.items %}',
          MaxConcurrency: 10,
          ItemProcessor: {
            StartAt: 'Double',
            States: {
              Double: { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true },
            },
          },
          End: true,
        },
      },
    },
  },
]
