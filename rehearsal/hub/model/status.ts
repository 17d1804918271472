export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

/** GitHub's states of a run, a job and a step. `waiting` is a job before its environment lets it in. */
export type Status = 'queued' | 'pending' | 'waiting' | 'in_progress' | 'completed';
