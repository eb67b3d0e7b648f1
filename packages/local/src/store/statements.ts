import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The statements of a `SqliteStore`, prepared once. */
export type Statements = Readonly<Record<keyof typeof texts, StatementSync>>;

const texts = {
  get: 'SELECT * FROM resources WHERE owner = ? AND mesh = ? AND kind = ? AND parent = ? AND name = ?',
  list: 'SELECT * FROM resources WHERE owner = ? AND mesh = ? AND kind = ? AND parent = ? AND name > ? ORDER BY name LIMIT ?',
  listMeshes: `SELECT * FROM resources WHERE owner = ? AND kind = 'mesh' AND name > ? ORDER BY name LIMIT ?`,
  load: 'SELECT * FROM resources WHERE owner = ? AND mesh = ?',
  put: `INSERT INTO resources (owner, mesh, kind, parent, name, spec, metadata, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET spec = excluded.spec, metadata = excluded.metadata, tags = excluded.tags`,
  remove: 'DELETE FROM resources WHERE owner = ? AND mesh = ? AND kind = ? AND parent = ? AND name = ?',
  meshCount: `SELECT count(*) AS meshes FROM resources WHERE owner = ? AND kind = 'mesh'`,
  meshes: 'SELECT owner, mesh FROM generations',
  generation: 'SELECT generation FROM generations WHERE owner = ? AND mesh = ?',
  setGeneration: `INSERT INTO generations (owner, mesh, generation) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET generation = excluded.generation`,
  append: `INSERT INTO log (owner, mesh, generation, write_id, at, author, source, message, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  log: 'SELECT * FROM log WHERE owner = ? AND mesh = ? AND generation > ? ORDER BY generation',
  oldest: 'SELECT generation, at FROM log WHERE owner = ? AND mesh = ? ORDER BY generation LIMIT ?',
  prune: 'DELETE FROM log WHERE owner = ? AND mesh = ? AND generation <= ?',
  token: 'SELECT * FROM tokens WHERE key = ? AND expires_at > ?',
  tokenUid: 'SELECT uid FROM tokens WHERE key = ? AND expires_at > ?',
  setToken: `INSERT INTO tokens (key, body_hash, answer, uid, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET body_hash = excluded.body_hash, answer = excluded.answer, uid = excluded.uid, expires_at = excluded.expires_at`,
  dropExpiredTokens: 'DELETE FROM tokens WHERE rowid IN (SELECT rowid FROM tokens WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
} as const;

/** Statements that read generations: a JavaScript number would lose the large ones. */
const withBigIntegers: readonly (keyof typeof texts)[] = ['generation', 'log', 'oldest'];

/** Prepares all statements. */
export function statementsOf(database: DatabaseSync): Statements {
  const entries = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)] as const);
  const statements = Object.fromEntries(entries) as Statements;
  for (const name of withBigIntegers) statements[name].setReadBigInts(true);
  return statements;
}
