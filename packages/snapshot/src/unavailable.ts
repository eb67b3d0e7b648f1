/**
 * The medium of a snapshot store cannot be reached, or fails for a reason of its own: try again. It says nothing of any snapshot, and
 * a publish that ends with it may have moved the head or not: read the head again.
 */
export class SnapshotsUnavailable extends Error {
  override readonly name = 'SnapshotsUnavailable';
}
