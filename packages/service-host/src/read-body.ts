import { findJsonProblem, type JsonLimits } from '@tasker/workflow';
import express, { type Request, type RequestHandler } from 'express';
import { HttpError } from './http-error';
import { findJsonSyntaxProblem } from './json-syntax';

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;
const YAML_TYPE = /^(application|text)\/(x-)?yaml\s*(;|$)/i;

const contentType = (request: Request): string => request.headers['content-type'] ?? '';

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  if (hasBody(request) && !JSON_TYPE.test(contentType(request)) && !YAML_TYPE.test(contentType(request))) {
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'send the body as application/json');
  }
  next();
};

/** Parses JSON; refuses text that is none with its line and column. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = findJsonSyntaxProblem(text);
    const where = problem === null ? '' : ` at line ${problem.line}, column ${problem.column}: ${problem.message}`;
    throw new HttpError(400, 'INVALID_JSON', `the body is not JSON${where}`, problem ?? undefined, { cause: error });
  }
}

/**
 * Refuses a value that is too deep, has too many keys, or cannot be stored; says where.
 *
 * @throws {HttpError} 400 with the path and the reason in `details`.
 */
export function refuseUnfit(value: unknown, limits: JsonLimits, what: string): void {
  const problem = findJsonProblem(value, limits);
  if (problem === null) return;
  const place = problem.path === '' ? what : `${what}: ${problem.path}`;
  throw new HttpError(400, 'INVALID_REQUEST', `${place} ${problem.message}`, [problem]);
}

/**
 * The steps that turn the bytes of a request into a checked JSON value in `request.body`. YAML stays text: the one route
 * that takes it parses it by its own limits, and to the others text is as wrong as any other value that is no object.
 */
export function readBody(limits: JsonLimits): RequestHandler[] {
  // Read as text rather than by express.json, whose errors do not tell where the fault is.
  const readText = express.text({ limit: limits.maxBytes, type: () => true });
  const parse: RequestHandler = (request, _response, next) => {
    const text: unknown = request.body;
    if (YAML_TYPE.test(contentType(request))) return next();
    request.body = typeof text === 'string' && text !== '' ? parseJson(text) : undefined;
    if (request.body !== undefined) refuseUnfit(request.body, limits, 'the body');
    next();
  };
  return [refuseOtherTypes, readText, parse];
}
