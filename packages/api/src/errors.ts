import { MeshError, type MeshErrorCode } from '@meshwright/model';

/** What an error is on the wire: status, shape name for `x-amzn-ErrorType`, and the message of its body. */
export interface ErrorAnswer {
  readonly status: number;
  /** App Mesh shape name; clients build their typed exception from it. */
  readonly shape: string;
  readonly message: string;
}

/**
 * Status and shape of every code; SDKs retry 429 and 5xx by themselves and nothing else.
 * @see https://docs.aws.amazon.com/app-mesh/latest/APIReference/CommonErrors.html
 */
const ANSWERS: Readonly<Record<MeshErrorCode, Omit<ErrorAnswer, 'message'>>> = {
  BadRequest: { status: 400, shape: 'BadRequestException' },
  Conflict: { status: 409, shape: 'ConflictException' },
  Forbidden: { status: 403, shape: 'ForbiddenException' },
  LimitExceeded: { status: 400, shape: 'LimitExceededException' },
  NotFound: { status: 404, shape: 'NotFoundException' },
  ResourceInUse: { status: 409, shape: 'ResourceInUseException' },
  ServiceUnavailable: { status: 503, shape: 'ServiceUnavailableException' },
  TooManyRequests: { status: 429, shape: 'TooManyRequestsException' },
  TooManyTags: { status: 400, shape: 'TooManyTagsException' },
};

/** A path or method that names no operation. Not NotFound: Terraform and the Kubernetes controller read that as "already deleted". */
export class UnknownOperation extends Error {
  override readonly name = 'UnknownOperation';
  /** 404 for a path nobody knows, 405 for a known path with another method. */
  readonly status: 404 | 405;

  constructor(status: 404 | 405, message: string) {
    super(message);
    this.status = status;
  }
}

/** The wire form of anything thrown; what is neither a MeshError nor an unknown operation is a bug and is told without its details. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof MeshError) return { ...ANSWERS[error.code], message: error.message };
  if (error instanceof UnknownOperation) {
    return { status: error.status, shape: 'UnknownOperationException', message: error.message };
  }
  const message = `The request failed by a fault of the control plane, not of the request; its log has the cause under request id ${requestId}.`;
  return { status: 500, shape: 'InternalServerErrorException', message };
}
