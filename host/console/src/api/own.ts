// Stepwell's own actions: `X-Amz-Target: Stepwell.NAME`, otherwise AWS JSON 1.0 like all others.
// host/api/src/console has their documentation. Dates are seconds since 1970, as AWS has them.

import type { AwsActions, ExecutionStatus, HistoryEvent, ExecutionListItem } from './aws'

/** `GET /console/host.json`, which needs no credentials. */
export interface Greeting {
  version: string
  /** Whether any credentials do, or requests are signed with a tenant's access key. */
  authentication: 'development' | 'signatures'
  region: string
}

export interface DescribeHost {
  request: Record<string, never>
  answer: {
    version: string
    account: string
    region: string
    startedAt: number
    /** Whether the caller may see the figures of all tenants. */
    operator: boolean
    /** Where the account is an operator's: all tenants. */
    accounts?: { account: string; name?: string }[]
  }
}

export type Counts = Partial<Record<ExecutionStatus, number>>

export interface CountExecutions {
  request: { stateMachineArn?: string }
  answer: { counts: Counts; stateMachines: { stateMachineArn: string; counts: Counts }[] }
}

/** Executions of one state machine or of all, the newest first; children of Map Runs are left out. */
export interface SearchExecutions {
  request: {
    stateMachineArn?: string
    statusFilter?: ExecutionStatus[]
    namePrefix?: string
    startedAfter?: number
    startedBefore?: number
    maxResults?: number
    nextToken?: string
  }
  answer: { executions: ExecutionListItem[]; nextToken?: string }
}

/**
 * An event without its data. Its id is that of the one before plus one.
 *
 * `[previousEventId, milliseconds since the start, type, name, n, error, fuel, peakMemory, durationMs]`
 *
 * `type`, `name` and `error` are indices into the answer's `texts`; -1 for none. `name` is that of the
 * state, of the Map whose iteration it is, or of what a task runs (`wasm:payments/charge`), or the ARN
 * of a function, an activity or a Map Run. `n` is the
 * index of an iteration, the length of a Map, or the redrive count; -1 for none. The last three are
 * those of an attempt that has ended. What comes last and says nothing is left out.
 */
export type OutlineRow = number[]

/** All events of an execution, or those after one, so compactly that 25,000 are no trouble. */
export interface GetHistoryOutline {
  request: { executionArn: string; afterEventId?: number; maxResults?: number }
  answer: {
    startDate: number
    texts: string[]
    /** The id of the first row; 0 where there is none. */
    firstEventId: number
    events: OutlineRow[]
    /** Whether there are more: ask for those after the last. */
    more: boolean
  }
}

/** Events with all there is to them: of these ids, or so many from one on. */
export interface GetEvents {
  request: {
    executionArn: string
    /** At most 200. */
    eventIds?: number[]
    fromEventId?: number
    /** At most 1,000. */
    maxResults?: number
    includeExecutionData?: boolean
  }
  answer: { events: HistoryEvent[]; nextEventId?: number }
}

/**
 * What changes, as server-sent events: of one execution, of a state machine's, of a Map Run's
 * children, or of all the tenant's. The first event is `counts` (or `history`, of one execution, or
 * `mapRun`, of a Map Run's children).
 */
export interface Watch {
  request: { executionArn?: string; stateMachineArn?: string; mapRunArn?: string }
  events: {
    /** At most twice a second. */
    counts: CountExecutions['answer']
    /** One was started, redriven, or has ended. */
    execution: ExecutionListItem
    /** Of one execution: it has come so far. */
    history: { executionArn: string; lastEventId: number; status: ExecutionStatus }
    /** Of a Map Run's children: how far it is. At most twice a second. */
    mapRun: AwsActions['DescribeMapRun']['answer']
    /**
     * The client was too slow, or too many children of a Map Run changed at once, and it was not told
     * of some: ask again for all.
     */
    lagged: Record<string, never>
  }
}

export interface Position {
  /** From 1. */
  line: number
  /** From 1, in characters. */
  column: number
  /** From 0, in UTF-16 code units. */
  offset: number
}

export interface Problem {
  severity: 'ERROR' | 'WARNING'
  code: string
  message: string
  /** What to do about it. */
  help?: string
  /** Which part it is about, as AWS writes it: `/States/Charge/Retry[0]/MaxAttempts`; empty for the whole text. */
  location: string
  start: Position
  end: Position
}

/** All problems of a definition, with their places in its text; tasks are looked for in the plugins. */
export interface CheckDefinition {
  request: { definition: string; type?: 'STANDARD' | 'EXPRESS' }
  answer: { problems: Problem[] }
}

/** What an execution of a state machine may be started with. */
export interface DescribeInput {
  request: { stateMachineArn: string }
  answer: {
    /** JSON Schema of the input. */
    schema?: Record<string, unknown>
    /** Whose schema it is: the project's, or that of what the first state runs. */
    source?: 'PROJECT' | 'FIRST_TASK'
    /** Inputs that come with the project. */
    examples: { name: string; input: string }[]
  }
}

export interface PluginSummary {
  name: string
  /** Whether it is the tenant's own, or one that all tenants have. */
  shared: boolean
  /** The version that is current; none where nothing can run. */
  version?: string
  digest?: string
  /** None where no file of it can be read. */
  kind?: 'COMPONENT' | 'COMMAND'
  tasks: number
  /** Versions that wait for approval. */
  held: number
  /** Where the current version came from: `oci://...`, or a file's name. */
  source?: string
  signedBy?: string
}

export interface ListPlugins {
  request: Record<string, never>
  answer: { plugins: PluginSummary[] }
}

export interface PluginTask {
  name: string
  summary: string
  effect: 'pure' | 'idempotent' | 'at-most-once'
  inputSchema?: unknown
  outputSchema?: unknown
}

export interface DescribePlugin {
  request: { name: string }
  answer: PluginSummary & {
    summary: string
    taskList: PluginTask[]
    versions: {
      version: string
      digest: string
      state: 'CURRENT' | 'APPROVED' | 'HELD'
      source?: string
      signedBy?: string
    }[]
    limits: { name: string; value: string }[]
    /** One row for each capability: what the file imports, what it says it wants, what it is granted, and what comes of it. */
    access: {
      capability: string
      imported: boolean
      wanted: string[]
      granted: string[]
      effective: string[]
      /** Why it has what it has. */
      reason: string
    }[]
    /** What its publisher, or the operator, had the conformance kit say of it. */
    conformance?: {
      level: string
      passed: number
      failed: number
      skipped: number
      kit: string
      at?: number
      checks?: { id: string; outcome: 'PASSED' | 'FAILED' | 'SKIPPED' | 'WARNING'; saw?: string }[]
    }
  }
}

/** What was done and used in a time. Durations in milliseconds, memory in bytes. */
export interface Figures {
  /** Attempts of tasks that are over; of a machine's row, all its tasks'. */
  calls: number
  /** Those of them that failed, or whose time was up. */
  errors: number
  /**
   * Those of them that were given up once they had begun, so that nobody saw an error: the execution
   * was stopped or its time was up, a sibling branch failed or too many of a Map did, or the host went
   * down and they were run again.
   */
  cancelled: number
  retries: number
  durationP50?: number
  durationP99?: number
  durationMax?: number
  fuel: number
  fuelMax: number
  peakMemoryMax: number
  /** Calls to the host. */
  hostCalls: number
  errorNames: { name: string; count: number }[]
  /** Executions that were started and that ended so; of machines and tenants only. */
  executions?: {
    started: number
    succeeded: number
    failed: number
    timedOut: number
    aborted: number
    durationP50?: number
    durationP99?: number
  }
}

export interface StatisticsKey {
  account?: string
  stateMachineArn?: string
  state?: string
  /** The plugin that ran it; where there was none, the function, container or service that it names. */
  plugin?: string
  /** `payments/charge`. */
  task?: string
}

/** Figures of a time, and over it where that was asked for. */
export interface FiguresOverTime {
  figures: Figures
  series?: { time: number; figures: Figures }[]
}

/** Figures by what is asked for. */
export interface GetStatistics {
  request: {
    by: 'TENANT' | 'STATE_MACHINE' | 'STATE' | 'PLUGIN' | 'TASK'
    startTime: number
    endTime: number
    /** Of only these. */
    of?: StatisticsKey
    /**
     * Whether figures over time are wanted, and how long each step is, in seconds: a multiple of 300.
     * Where the time begins more than two days ago it is rounded up to whole hours.
     */
    period?: number
    /** Of all tenants: an operator's. */
    allTenants?: boolean
  }
  answer: {
    /** All rows together, those too that are too many for an answer: its percentiles are of all calls. */
    total: FiguresOverTime
    /** A thousand at most: those with the most fuel, and of those with as much, the most calls. */
    rows: (FiguresOverTime & { key: StatisticsKey })[]
  }
}

export interface Finding {
  kind:
    | 'STATE_RETRIES_MUCH'
    | 'STATE_FAILS_MUCH'
    | 'PLUGIN_NEAR_FUEL_LIMIT'
    | 'PLUGIN_NEAR_MEMORY_LIMIT'
    | 'PLUGIN_NEAR_TIME_LIMIT'
    | 'MACHINE_FAILURES_ROSE'
    | 'PLUGIN_HELD'
    | 'EXECUTION_STUCK'
  severity: 'INFO' | 'WARNING' | 'CRITICAL'
  /** One sentence, in plain language. */
  title: string
  /** The figures behind it, and what to try. */
  detail: string
  subject: StatisticsKey & { executionArn?: string }
}

export interface ListFindings {
  request: { allTenants?: boolean }
  answer: { findings: Finding[] }
}

export interface OwnActions {
  DescribeHost: DescribeHost
  CountExecutions: CountExecutions
  SearchExecutions: SearchExecutions
  GetHistoryOutline: GetHistoryOutline
  GetEvents: GetEvents
  CheckDefinition: CheckDefinition
  DescribeInput: DescribeInput
  ListPlugins: ListPlugins
  DescribePlugin: DescribePlugin
  GetStatistics: GetStatistics
  ListFindings: ListFindings
}
