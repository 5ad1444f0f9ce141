import { findJsonSyntaxProblem } from './json-syntax';

const valid = [
  '0',
  ' [ ] ',
  '{}',
  '{"a":[1,-2.5e+3,true,false,null,{"b":"\\u00e9\\n\\""}]}',
  '\t"x"\r\n',
  '[[],{},[{}]]',
];
const invalid = [
  '',
  '  ',
  '{',
  '[1,]',
  '{"a":1,}',
  '{"a" 1}',
  '{a:1}',
  "{'a':1}",
  '[1 2]',
  '[1}',
  '{"a":1]',
  '01',
  '1.',
  '+1',
  '"\n"',
  '"\\x"',
  '"abc',
  'nul',
  '[] []',
  '{"a":}',
  ']',
  ',',
  '\u00a01',
];

test.each(valid)('%j is JSON for JSON.parse and for the search', (text) => {
  expect(() => JSON.parse(text)).not.toThrow();
  expect(findJsonSyntaxProblem(text)).toBeNull();
});

test.each(invalid)('%j is no JSON for JSON.parse and for the search', (text) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(findJsonSyntaxProblem(text)).not.toBeNull();
});

test.each([
  ['[1,\n 2,\n x]', { line: 3, column: 2, message: '"x" where value was expected' }],
  ['{"a":1', { line: 1, column: 7, message: 'the end where , or } was expected' }],
  ['{"a":1} {', { line: 1, column: 9, message: '"{" after the end of the value' }],
  ['{1:2}', { line: 1, column: 2, message: '"1" where property name or } was expected' }],
])('%j is explained by line, column and what was expected', (text, problem) => {
  expect(findJsonSyntaxProblem(text)).toEqual(problem);
});
