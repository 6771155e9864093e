/** A refusal as AWS words it; `name` is the code, as the SDK has it. */
export class SimulatedError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number = 400,
  ) {
    super(message);
    this.name = code;
  }
}

export function clientException(message: string): SimulatedError {
  return new SimulatedError('ClientException', message);
}

export function invalidParameter(message: string): SimulatedError {
  return new SimulatedError('InvalidParameterException', message);
}
