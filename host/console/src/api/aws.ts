// The parts of the AWS Step Functions API that the console uses, under AWS's names. Dates are seconds
// since 1970. https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html

export type ExecutionStatus =
  'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE'

export interface StateMachineListItem {
  stateMachineArn: string
  name: string
  type: 'STANDARD' | 'EXPRESS'
  creationDate: number
}

export interface ExecutionListItem {
  executionArn: string
  stateMachineArn: string
  name: string
  status: ExecutionStatus
  startDate: number
  stopDate?: number
  mapRunArn?: string
  itemCount?: number
  stateMachineVersionArn?: string
  stateMachineAliasArn?: string
  redriveCount?: number
  redriveDate?: number
}

export interface DescribedExecution extends ExecutionListItem {
  input?: string
  output?: string
  error?: string
  cause?: string
  redriveStatus?: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN'
  redriveStatusReason?: string
}

/** What an attempt of a task used and did: Stepwell's own member of the event that ends it. */
export interface AttemptReport {
  usage: { fuel: number; peakMemory: number; durationMs: number; hostCalls?: number }
  /** Lines that the task wrote. */
  log?: string
  /** Calls to the host that reach outside, the first ones where there were many. */
  calls?: HostCall[]
  /** How many there were after those. */
  moreCalls?: number
}

export interface HostCall {
  /** Milliseconds since the attempt began. */
  atMs: number
  durationMs: number
  /** `http`, `connect`, `key-value`, `secret`, ... */
  capability: string
  /** `POST https://api.example.com/v1/charges`. */
  what: string
  /** `201`, `refused: not granted`, ... */
  result: string
}

export interface HistoryEvent {
  id: number
  previousEventId: number
  timestamp: number
  type: string
  stepwell?: AttemptReport
  /** `taskFailedEventDetails` and the like. */
  [details: `${string}EventDetails`]: Record<string, unknown> | undefined
}

/** AWS's RoutingConfigurationListItem: one of the versions, two at most, that an alias leads to. */
export interface Route {
  stateMachineVersionArn: string
  /** In per cent; those of an alias add up to 100. */
  weight: number
}

export interface AwsActions {
  ListStateMachines: {
    request: { maxResults?: number; nextToken?: string }
    answer: { stateMachines: StateMachineListItem[]; nextToken?: string }
  }
  DescribeStateMachine: {
    request: { stateMachineArn: string; includedData?: 'ALL_DATA' | 'METADATA_ONLY' }
    answer: {
      stateMachineArn: string
      name: string
      status: string
      definition: string
      roleArn: string
      type: 'STANDARD' | 'EXPRESS'
      creationDate: number
      revisionId?: string
      description?: string
    }
  }
  CreateStateMachine: {
    request: {
      name: string
      definition: string
      roleArn: string
      type?: 'STANDARD' | 'EXPRESS'
      publish?: boolean
    }
    answer: { stateMachineArn: string; creationDate: number; stateMachineVersionArn?: string }
  }
  UpdateStateMachine: {
    request: { stateMachineArn: string; definition?: string; roleArn?: string; publish?: boolean }
    answer: { updateDate: number; revisionId?: string; stateMachineVersionArn?: string }
  }
  ListStateMachineVersions: {
    request: { stateMachineArn: string; maxResults?: number; nextToken?: string }
    answer: {
      stateMachineVersions: { stateMachineVersionArn: string; creationDate: number }[]
      nextToken?: string
    }
  }
  PublishStateMachineVersion: {
    request: { stateMachineArn: string; revisionId?: string; description?: string }
    answer: { stateMachineVersionArn: string; creationDate: number }
  }
  DeleteStateMachineVersion: {
    request: { stateMachineVersionArn: string }
    answer: Record<string, never>
  }
  ListStateMachineAliases: {
    request: { stateMachineArn: string; maxResults?: number; nextToken?: string }
    answer: {
      stateMachineAliases: { stateMachineAliasArn: string; creationDate: number }[]
      nextToken?: string
    }
  }
  DescribeStateMachineAlias: {
    request: { stateMachineAliasArn: string }
    answer: {
      stateMachineAliasArn: string
      name: string
      description?: string
      routingConfiguration: Route[]
      creationDate: number
      updateDate: number
    }
  }
  CreateStateMachineAlias: {
    request: { name: string; description?: string; routingConfiguration: Route[] }
    answer: { stateMachineAliasArn: string; creationDate: number }
  }
  /** Leaves what is not named as it is. */
  UpdateStateMachineAlias: {
    request: { stateMachineAliasArn: string; description?: string; routingConfiguration?: Route[] }
    answer: { updateDate: number }
  }
  DeleteStateMachineAlias: {
    request: { stateMachineAliasArn: string }
    answer: Record<string, never>
  }
  DescribeExecution: { request: { executionArn: string }; answer: DescribedExecution }
  DescribeStateMachineForExecution: {
    request: { executionArn: string }
    answer: {
      stateMachineArn: string
      name: string
      definition: string
      roleArn: string
      updateDate: number
      revisionId?: string
    }
  }
  ListExecutions: {
    request: {
      stateMachineArn?: string
      mapRunArn?: string
      statusFilter?: ExecutionStatus
      redriveFilter?: 'REDRIVEN' | 'NOT_REDRIVEN'
      maxResults?: number
      nextToken?: string
    }
    answer: { executions: ExecutionListItem[]; nextToken?: string }
  }
  StartExecution: {
    request: { stateMachineArn: string; name?: string; input?: string }
    answer: { executionArn: string; startDate: number }
  }
  /** Runs an Express execution, and answers once it has ended. */
  StartSyncExecution: {
    request: { stateMachineArn: string; name?: string; input?: string }
    answer: {
      executionArn: string
      status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT'
      startDate: number
      stopDate: number
      output?: string
      error?: string
      cause?: string
    }
  }
  StopExecution: {
    request: { executionArn: string; error?: string; cause?: string }
    answer: { stopDate: number }
  }
  RedriveExecution: {
    request: { executionArn: string; clientToken?: string }
    answer: { redriveDate: number }
  }
  ListMapRuns: {
    request: { executionArn: string; maxResults?: number; nextToken?: string }
    answer: {
      mapRuns: {
        executionArn: string
        mapRunArn: string
        stateMachineArn: string
        startDate: number
        stopDate?: number
      }[]
      nextToken?: string
    }
  }
  DescribeMapRun: {
    request: { mapRunArn: string }
    answer: {
      mapRunArn: string
      executionArn: string
      status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED'
      startDate: number
      stopDate?: number
      maxConcurrency: number
      toleratedFailurePercentage: number
      toleratedFailureCount: number
      itemCounts: Record<string, number>
      executionCounts: Record<string, number>
    }
  }
}
