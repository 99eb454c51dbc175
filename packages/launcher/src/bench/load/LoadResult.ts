/** Two ranks of a set of samples, in milliseconds. */
export interface Ranks {
  samples: number;
  p50: number;
  p99: number;
}

/** What an API server, or all of them, was put to. */
export interface Use {
  requestsPerSecond: number;
  bytesPerSecond: number;
  /** Processor seconds per second of the real API servers; absent where there are none. */
  cpu?: number;
}

/** Reads of entities at one rate. */
export interface ReadRun extends Ranks {
  askedPerSecond: number;
  answeredPerSecond: number;
  failed: number;
  firstFailure?: string;
}

/** What one run of a tier came to. */
export interface LoadResult {
  tier: string;
  database: string;
  seed: number;
  objects: number;
  clusters: number;
  viewers: number;
  changesPerSecond: number;
  /** Changes that the load could not write in time; a rate below the aim is not hidden. */
  lateChanges: number;
  firstSync: {
    ms: number;
    eventLoopP99Ms: number;
    /** Of the process at its peak, garbage that was not collected yet included. */
    extraMemoryMb: number;
    /** Of the heap, garbage left out. */
    bytesPerObject: number;
  };
  /** Commit at the API server to readable by REST. */
  readable: Ranks;
  /** Commit at the API server to read by a viewer that a signal woke. */
  visible: Ranks;
  unseenChanges: number;
  steady: {
    eventLoopP99Ms: number;
    cpu: number;
    memoryMb: number;
    signalsPerViewerPerSecond: number;
    readsPerSecond: number;
    failedReads: number;
  };
  /** Rows written per changed object, by table; absent where the database does not count. */
  rowWrites?: { perChange: number; tables: Record<string, number> };
  /** What became of a burst after the steady load; absent where the tier has none. */
  burst?: {
    seconds: number;
    changesPerSecond: number;
    lateChanges: number;
    visible: Ranks;
    unseenChanges: number;
    /** From its end until viewers had seen all of it. */
    caughtUpMs: number;
    eventLoopP99Ms: number;
  };
  /** By rising rates; empty where they were not measured. */
  reads: ReadRun[];
  ours: Use;
  peer?: {
    use: Use;
    staleness: Ranks;
    roundP50Ms: number;
    listsPerSecond: number;
    failedListsPerSecond: number;
    /** Lists a second that the pattern asks for. */
    wantedListsPerSecond: number;
  };
}
