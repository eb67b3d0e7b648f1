/** The account and region a control plane answers for. */
export interface Identity {
  /** 12 digits. */
  readonly account: string;
  /** Such as `us-east-1`. */
  readonly region: string;
  /** Such as `aws`. */
  readonly partition: string;
}
