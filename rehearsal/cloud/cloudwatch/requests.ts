import type { Dimension } from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../wire/service.ts';

export function invalidValue(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}

export function invalidCombination(message: string): ServiceError {
  return new ServiceError('InvalidParameterCombinationException', message);
}

export function missingParameter(path: string): ServiceError {
  return new ServiceError('MissingRequiredParameterException', `The parameter ${path} is required.`);
}

export function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextToken', 'The next token specified is invalid.');
}

export function invalidFormat(message: string): ServiceError {
  return new ServiceError('InvalidFormatFault', message);
}

/** By name, as metrics are kept. */
export function dimensionsOf(dimensions: readonly Dimension[] | undefined): Record<string, string> {
  return Object.fromEntries((dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]));
}

export function asDimensions(
  dimensions: Readonly<Record<string, string>>,
): { Name: string; Value: string }[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

/** 1, 5, 10, 20, 30 or whole minutes. Source: CloudWatch API reference, "MetricStat". @returns milliseconds */
export function periodOf(seconds: number | undefined): number {
  if (seconds === undefined) throw missingParameter('Period');
  if (![1, 5, 10, 20, 30].includes(seconds) && (seconds <= 0 || seconds % 60 !== 0)) {
    throw invalidValue(`Period must be 1, 5, 10, 20, 30 or a multiple of 60, and is ${seconds}.`);
  }
  return seconds * 1000;
}
