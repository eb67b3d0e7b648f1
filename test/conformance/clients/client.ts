/** One App Mesh client that nobody here wrote, told nothing but where the API is. */
export interface StockClient {
  readonly title: string;
  /**
   * Calls one operation with the members its model names, such as `call('CreateMesh', { meshName: 'apps' })`.
   * @returns the operation's output, timestamps as epoch milliseconds
   * @throws StockClientError as the client told it
   */
  call(operation: string, input: object): Promise<Output>;
  /** All items of a listing, read by the client's own paginator with pages of that size. */
  all(operation: string, input: object, pageSize: number): Promise<readonly ListedItem[]>;
  close(): Promise<void>;
}

/** What an operation answered: one resource under its kind's name, or a listing under the plural. */
export interface Output {
  readonly [member: string]: ResourceOutput | readonly ListedItem[] | string | undefined;
  readonly nextToken?: string;
}

/** One item of a listing: a resource without its spec, or a tag. */
export type ListedItem = Readonly<Record<string, string | number>>;

/** One resource as clients see it, times in epoch milliseconds. */
export interface ResourceOutput {
  readonly metadata: {
    readonly arn: string;
    readonly uid: string;
    readonly version: number;
    readonly createdAt: number;
    readonly lastUpdatedAt: number;
    readonly meshOwner: string;
    readonly resourceOwner: string;
  };
  readonly spec: object;
  readonly status: { readonly status: string };
}

/** An error as the client's own typed exception tells it. */
export class StockClientError extends Error {
  override readonly name = 'StockClientError';
  /** The exception's class or code, such as `NotFoundException`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Settings every AWS client takes from its environment; the keys sign requests whose signature nobody checks here. */
export const AWS_SETTINGS = {
  AWS_ACCESS_KEY_ID: 'MESHKEY',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;

/** The one resource in an operation's output. */
export function resourceIn(output: Output): ResourceOutput {
  const [only, ...others] = Object.values(output);
  if (typeof only !== 'object' || !('metadata' in only) || others.length > 0)
    throw new Error(`not one resource: ${JSON.stringify(output)}`);
  return only;
}

/** The one list in a listing's output; `nextToken` may stand beside it. */
export function itemsIn({ nextToken: _, ...output }: Output): readonly ListedItem[] {
  const [only, ...others] = Object.values(output);
  if (!Array.isArray(only) || others.length > 0) throw new Error(`not one listing: ${JSON.stringify(output)}`);
  return only;
}

/** Members that hold times, as all three clients name them. */
const TIMES = ['createdAt', 'lastUpdatedAt'];

/** Turns every time in an output into epoch milliseconds: one client gives dates, one seconds, one text. */
export function withEpochMillis(output: object): Output {
  return JSON.parse(JSON.stringify(output), (member, value) => {
    if (!TIMES.includes(member)) return value;
    return typeof value === 'number' ? value * 1000 : Date.parse(value);
  });
}
