import { parseTemplate, parseTemplateObject, type TemplateError } from '@tasker/workflow';
import { badRequest, invalidTemplate } from './request-errors';

function errorsOf(parsed: ReturnType<typeof parseTemplate>): readonly TemplateError[] {
  return parsed.ok ? [] : parsed.errors;
}

test('a refused YAML template is told with the position, the path and the hint of its first mistake', () => {
  const errors = errorsOf(parseTemplate('name: a\nnamespace_name: shop\nversion: 1.0\nstep: []\n'));
  expect(invalidTemplate(errors)).toMatchObject({
    code: 'INVALID_TEMPLATE',
    message: 'line 3, column 10: version: must be a string, not a number (put it in quotes) (and 1 more, see details)',
    details: errors,
  });
});

test('a refused JSON template has no position, so the path alone says where', () => {
  const errors = errorsOf(parseTemplateObject({ name: 'a', namespace_name: 'shop', version: 1 }));
  expect(invalidTemplate(errors).message).toBe('version: must be a string, not a number (put it in quotes)');
});

test('a body of the wrong kind is called the request', () => {
  expect(badRequest([{ path: '', message: 'must be object' }]).message).toBe('the request must be object');
});

test('the first of several problems is told with how many more there are', () => {
  const problems = [
    { path: 'reset_by', message: 'is required' },
    { path: 'reason', message: 'is required' },
  ];
  expect(badRequest(problems).message).toBe('reset_by is required (and 1 more, see details)');
});
